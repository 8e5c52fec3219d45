// Package pages looks at every page of the library in Chromium: at the narrowest
// width, without its style sheet, with a form that takes its time, and with one
// that ends on another origin.
//
// It is tests alone.
package pages
