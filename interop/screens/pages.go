package main

// picture is a page that people like to see before they decide.
type picture struct {
	sample string // name in ui.Samples
	title  string
	text   string // what it shows, which is also the alternative text
}

// pictures in the order of somebody who starts.
func pictures() []picture {
	return []picture{
		{"home", "Start page", "The start page of a fresh server: create an account, sign in, open the outbox."},
		{"claim", "First administrator", "The page behind the link that a new server prints: address, name and password of its administrator, step 1 of 2."},
		{"sign-up", "Create account", "Creating an account: address and password, with the rule said before anything is typed."},
		{"check-mail", "Check your mail", "After a sign-up: where the link was sent and how long it works."},
		{"outbox", "Development outbox", "The mails of a development server, with links to press."},
		{"sign-in", "Sign in", "Signing in with address and password."},
		{"sign-in-failed", "Sign-in failed", "A failed sign-in: one sentence that says what to do and not whether the account exists."},
		{"factor-totp", "Second step", "Step 2 of 2: the code of the authenticator app."},
		{"enrol", "An app on the way in", "Where a site begins to ask everybody for an app: who never had one sets it up behind the password, and is in with the first code."},
		{"account-two-steps", "Account", "The account: how well it is protected, its address, its ways to sign in, its sessions, its language."},
		{"totp", "Authenticator app", "Adding an authenticator app: scan the code or copy the key, enter six digits."},
		{"factor-step-up", "Step-up", "Before a change of the account: the code of the authenticator app once more, with what it is for."},
		{"replace", "Replace a known password", "The end of a sign-in whose password others know: another one, with its rule."},
		{"password", "Change the password", "A new password: the present one, the new one with its rule, and what ends with it."},
		{"email", "Change the address", "Another address: it gets a link, and the present one stays until that is confirmed."},
		{"names-several", "Names of the account", "The names that sign in to one account: addresses, a user name, a number; which is the primary one, and how to add and remove them."},
		{"forgot", "Forgot the password", "Asking for a link to choose a new password."},
		{"confirm-reset", "Choose a new password", "Behind the mailed link: whose account it is, masked, and a new password."},
		{"sessions", "Sessions", "Where one is signed in, this session first, each other one with a button that ends it."},
		{"history", "History", "What has happened to one's account, day by day, with who did it and from where, and what to do if it was not oneself."},
		{"account-acting", "In somebody's name", "An administrator acts as somebody: every page begins with as whom, why and until when, and the button that ends it."},
		{"error-wait", "Error page", "An error page: what happened, what to do, and a reference to quote."},
	}
}
