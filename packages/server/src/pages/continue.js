// Goes on from a page whose only purpose is to be left: posts its form, or follows its link.
const form = document.querySelector('form[data-continue]')
const link = document.querySelector('a[data-continue]')
if (form) form.submit()
else if (link) location.replace(link.href)
