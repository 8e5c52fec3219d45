// Package keys says where a program's keys come from: a [Source] loads the four
// rings of [seal.Keys]. Shipped are [File], one text file that only its owner
// can read, and [Ephemeral], keys that live as long as the process.
//
// It does not rotate keys and does not watch the file. Nothing here makes a key
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
// Owns PRD-030, PRD-031, PRD-032 (see docs/requirements/PRD.md for how far).
package keys
