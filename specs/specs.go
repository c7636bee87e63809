// Package specs carries all specs, so that an installed lockstep can check
// them anywhere.
package specs

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed *
var files embed.FS

// Of returns the folder of the pattern with the given name. A pattern without
// a spec is a mistake in the program, and panics.
func Of(pattern string) fs.FS {
	dir, err := fs.Sub(files, pattern)
	if err == nil {
		_, err = fs.Stat(dir, ".")
	}
	if err != nil {
		panic(fmt.Sprintf("specs: %v", err))
	}
	return dir
}
