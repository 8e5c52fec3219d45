package main

// devices are attacks from a machine that the person does not use.
func devices() []Entry {
	return []Entry{
		{
			Name:   "device-not-asked",
			Attack: "I have somebody's password, and sign in with it on a machine of mine; they have an app that their tenant does not ask for.",
			Gain:   "The password alone is enough, on whichever machine.",
			Edit: Edit{
				File: "authn/verify.go",
				Old:  "len(more) > 0 {",
				New:  "len(more) > 0 && false {",
			},
			Pkg: "authn", Run: "TestDevice_asks_for_a_second_factor",
			IDs: []string{"AUN-106"},
		},
		{
			Name:   "device-answer-kept-away",
			Attack: "I have somebody's password, and keep the program from hearing what it knows of devices.",
			Gain:   "What cannot be asked counts as trusted.",
			Edit: Edit{
				File: "authn/device.go",
				Old:  "		s.alarm(ctx, alarmDevices, err)\n	}\n	return DeviceUnknown",
				New:  "		s.alarm(ctx, alarmDevices, err)\n		return DeviceTrusted\n	}\n	return DeviceUnknown",
			},
			Pkg: "authn", Run: "TestDevice_fails_closed",
			IDs: []string{"AUN-106"},
		},
		{
			Name:   "device-swapped",
			Attack: "I am asked for the app on my machine, and send the next request with the cookie of a trusted device and the password once more.",
			Gain:   "The step that was demanded can be walked around.",
			Edit: Edit{
				File: "authn/device.go",
				Old:  "machine.Pass{Evidence: j.evidence, More: more}",
				New:  "machine.Fail{}",
			},
			Pkg: "authn", Run: "TestDevice_step_stays", Says: "the password again",
			IDs: []string{"AUN-106", "SES-012"},
		},
		{
			Name:   "sign-in-not-told",
			Attack: "I sign in with a password that I have stolen, from my own browser, and stay quiet.",
			Gain:   "The owner hears nothing of it.",
			Edit: Edit{
				File: "authn/browser.go",
				Old:  "	return before, nil",
				New:  "	return before && false, nil",
			},
			Pkg: "authn", Run: "TestTellNewBrowsers",
			IDs: []string{"AUN-162"},
		},
	}
}
