package settings

import "runtime"

// onWindows: modes there do not say who may read.
const onWindows = runtime.GOOS == "windows"
