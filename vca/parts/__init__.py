"""One part of the platform by itself, told everything by settings: a service, the portal, the gateway."""
