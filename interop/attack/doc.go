// Package attack shows, in a real Chromium, what pages of other hosts can do to
// somebody who is signed in: post forms, send fetches, toss cookies, frame pages.
// What browsers are believed to do stands in many places of the product; here one
// is asked.
//
// It is tests alone. The same attacks without a browser, with more variants, are in
// internal/attack of the library.
package attack
