// The admin's <html> comes from Django's template: the theme is put on it before the first paint.
document.documentElement.dataset.theme = document.currentScript.dataset.theme;
