'use strict';
// Aircall's own success page closes the pop-up that the installation ran in. A window that no script
// opened cannot be closed, and stays with its text.
if (window.opener) setTimeout(() => window.close(), 1200);
