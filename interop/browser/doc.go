// Package browser drives Chromium for tests, in the words of the person in front
// of it: fill the field with this label, press the button that says that, wait
// for this page.
//
//	b := browser.Start(t).Open("first")
//	b.Go(origin + "/auth/sign-in")
//	b.Fill("E-mail", "ada@example.test")
//	b.Fill("Password", secret)
//	b.Press("Sign in")
//	b.WaitPath("/auth/account")
//
// Each [Browser] has cookies of its own, so two of them are two people, or one
// person at two machines.
//
// Every method fails the test, with the text of the page, when something does not
// come true in time. What the page complains about fails the test as well, even
// if nobody asked: uncaught errors, console errors, failed requests, violations
// of the content security policy. [Browser.Expect] announces those that belong
// to the test.
//
// With WALK_SHOTS=dir in the environment [Browser.Shot] writes screenshots.
//
// It is not for production and not for load. It needs chromium,
// chromium-browser or google-chrome in PATH and fails without.
package browser
