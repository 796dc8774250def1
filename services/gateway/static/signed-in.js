// Tells the console of the reference, in the window that opened this one, how signing in ended.
'use strict';

new BroadcastChannel('vca-docs').postMessage(location.search);
window.close();
