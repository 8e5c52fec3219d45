// Package keys says where a program's keys come from: a [Source] loads the four
// rings of [seal.Keys]. Shipped are [File], one text file that only its owner
// can read; [Dir], a directory of such texts as systemd and Kubernetes mount
// them; [Env], a variable of the environment; [Wrapped], any of these sealed by a
// key management service; and [Ephemeral], keys that live as long as the process.
//
// It does not rotate keys and does not watch their place: Load is called again
// when the program is told to. Nothing here makes a key
// file by itself: [Init] is called on purpose, so that a lost file is an error
// and never a fresh set of keys that opens nothing.
//
//	if err := keys.Init("axess.keys", entropy.System(), clk.Now()); err != nil { … }
//	rings, err := keys.File("axess.keys").Load(ctx)
//
// # The file
//
// UTF-8 text, at most 64 KiB. The first line is "axess-keys v1". Every other
// line is empty, a comment that starts with #, or one key in six fields:
//
//	purpose state created not-after kid key
//
// purpose is cookie, session, data or index; state is pending, primary or
// retiring; the times are RFC 3339 in UTC to the second, not-after is "-" unless
// the key is a retiring cookie key; kid is the 8 hex digits of [seal.KeyID] and
// must be that of the key; key is 32 bytes in base64url without padding. Every
// purpose has exactly one primary. A file that is cut off anywhere does not load.
//
// Losing the file loses what was sealed with it: seeds, pending mail, every
// session. Back it up apart from the database: the two together open everything.
//
// # Replacing a key
//
// A ring holds several keys so that one can be replaced without signing anybody
// out. The order is safe when each step waits for the one before it:
//
//  1. Add a new key as pending and load the file on every instance. It verifies
//     and opens, and nobody signs or seals with it yet.
//  2. At least [SettleTime] later make it primary and the old primary retiring.
//     An instance that does not know a key answers 503 or signs people out.
//  3. Keep the retiring key for as long as a session lives and [RetireMargin]
//     more. A cookie key says so itself, by its not-after. Sessions are sealed
//     under the primary again when they are used, and by session.Manager.Reseal.
//  4. Remove its line: of a cookie key when it has ended, of a session key when
//     no record is left under it. Data and index keys stay.
//
// [Review] tells where the rings of a file stand in this order and what is out
// of it; a key that somebody may have stolen is revoked at once instead
// ([seal.Ring.Revoke]).
//
// Owns PRD-030, PRD-031, PRD-032, PRD-035 and SES-130 (see docs/requirements for how far).
package keys
