// Goes on from a page whose only purpose is to be left: posts its form, or follows its link. Where frames tell applications something first, they get a moment.
const form = document.querySelector('form[data-continue]')
const link = document.querySelector('a[data-continue]')
const goOn = () => {
  if (form) form.submit()
  else if (link) location.replace(link.href)
}
if (document.querySelector('iframe')) {
  addEventListener('load', goOn)
  setTimeout(goOn, 4000)
} else goOn()
