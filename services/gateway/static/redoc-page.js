Redoc.init('/openapi.json', { disableSearch: false, nativeScrollbars: true, hideDownloadButton: false }, document.getElementById('app'))
