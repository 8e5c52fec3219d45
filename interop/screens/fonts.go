package main

import (
	"fmt"
	"os"
	"path/filepath"
)

// fontconfig is a configuration in which the generic families are two of the
// given directory's, and nothing else is installed.
const fontconfig = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
<dir>%s</dir>
<cachedir>%s</cachedir>
<match target="pattern"><test name="family" compare="contains"><string>mono</string></test><edit name="family" mode="assign" binding="strong"><string>JetBrains Mono</string></edit></match>
<match target="pattern"><test name="family" compare="not_contains"><string>Mono</string></test><edit name="family" mode="assign" binding="strong"><string>Inter</string></edit></match>
<match target="font"><edit name="hinting" mode="assign"><bool>false</bool></edit><edit name="antialias" mode="assign"><bool>true</bool></edit><edit name="rgba" mode="assign"><const>none</const></edit></match>
</fontconfig>
`

// environment is what Chromium has to be told to use the fonts of dir alone.
func environment(fonts, work string) ([]string, error) {
	if fonts == "" {
		return nil, nil
	}
	fonts, err := filepath.Abs(fonts)
	if err != nil {
		return nil, err
	}
	found, err := filepath.Glob(filepath.Join(fonts, "*", "400*", "*.ttf"))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("no fonts below %s", fonts)
	}
	file := filepath.Join(work, "fonts.conf")
	if err := os.WriteFile(file, fmt.Appendf(nil, fontconfig, fonts, filepath.Join(work, "cache")), 0o600); err != nil {
		return nil, err
	}
	return []string{"FONTCONFIG_FILE=" + file}, nil
}
