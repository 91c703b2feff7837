// First thing in the body: tells the styles that scripts run, before anything is drawn.
// The GOV.UK templates do this inline, which our content security policy forbids.
document.body.classList.add("js-enabled");
if ("noModule" in HTMLScriptElement.prototype) document.body.classList.add("govuk-frontend-supported");
