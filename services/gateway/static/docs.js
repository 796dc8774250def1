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
  authentication: {
    preferredSecurityScheme: 'vca',
    securitySchemes: {
      vca: {
        flows: {
          // People sign in as the web app does; the console itself has no client of its own.
          authorizationCode: {
            'x-usePkce': 'SHA-256',
            'x-scalar-client-id': 'vca-web',
            'x-scalar-redirect-uri': location.origin + location.pathname,
          },
        },
      },
    },
  },
})
