// The try-it console of /docs: everything from this host, no proxy, no telemetry, no fonts from elsewhere.
Scalar.createApiReference('#app', {
  url: '/openapi.json',
  proxyUrl: '',
  withDefaultFonts: false,
  telemetry: false,
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
  persistAuth: false,
  authentication: { preferredSecurityScheme: 'vca' },
})
