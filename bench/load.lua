-- Request file: METHOD \t PATH \t HEADERS (k=v;;k=v) \t BODY ; "@@N@@@@@" becomes a running number of 8 digits.
local reqs, n, i, at = {}, 0, 0, 0
function init(args)
  i = tonumber(os.getenv("NBASE") or "0")
  for line in io.lines(os.getenv("REQFILE")) do
    local m, p, h, b = line:match("^(.-)\t(.-)\t(.-)\t(.*)$")
    local hs = {}
    for pair in string.gmatch(h, "[^\1]+") do local k, v = pair:match("^(.-)=(.*)$"); hs[k] = v end
    if b == "" then b = nil end
    local r, parts = wrk.format(m, p, hs, b), nil
    if r:find("@@N@@@@@", 1, true) then
      parts = {}
      local s = 1
      while true do
        local a, e = r:find("@@N@@@@@", s, true)
        if not a then break end
        parts[#parts + 1] = r:sub(s, a - 1)
        s = e + 1
      end
      parts[#parts + 1] = r:sub(s)
    end
    n = n + 1
    reqs[n] = parts or r
  end
end
function request()
  i, at = i + 1, at % n + 1
  local r = reqs[at]
  if type(r) == "table" then return table.concat(r, string.format("%08d", i)) end
  return r
end
function done(s, l, r)
  io.write(string.format("\nRESULT {\"requests\":%d,\"microseconds\":%d,\"failed\":%d,\"broken\":%d,\"p50\":%d,\"p99\":%d}\n",
    s.requests, s.duration, s.errors.status, s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout,
    l:percentile(50), l:percentile(99)))
end
