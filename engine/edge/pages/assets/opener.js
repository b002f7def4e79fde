// In a pop-up: tells the page that opened it how connecting ended. The browser delivers that to the platform's origin only.
const { origin, report } = document.currentScript.dataset;
if (window.opener) window.opener.postMessage({ source: 'switchboard-connect', ...JSON.parse(report) }, origin);
