// Package settings is the one table of what the server can be told, and the one
// place where a value is found for each.
//
//	v, err := settings.Load(settings.Input{Flags: given, Getenv: os.LookupEnv, Unsetenv: os.Unsetenv})
//	if err != nil {
//		return err // every problem, each with its cure
//	}
//	addr, idle := v.Text("addr"), v.Duration("session.idle")
//
// A row of the table is a key such as mail.host, and everything else follows from
// it: the flag --mail-host, the variable AXESS_MAIL_HOST, AXESS_MAIL_HOST_FILE
// naming a file that holds the value, and host in section [mail] of the TOML
// file. Adding a setting is one line in table.go and one use.
//
// A flag goes before the environment, that before the file, that before the
// default. When environment and file disagree and no flag decides, nothing is
// guessed: it is refused, because one of the two is forgotten. An unknown key in
// the file is refused with the nearest one.
//
// A secret is never a flag, because a process list and a shell's history show
// flags. It comes from the environment, which is unset after reading, from a file
// that the environment or the configuration names, or from the directory
// $CREDENTIALS_DIRECTORY, in a file named like the key. A [Values] prints none.
//
// It does not judge what a value means for the server: axess.New does.
//
// Owns CLI-006, CLI-007, CLI-008.
package settings
