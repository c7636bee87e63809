// Package lib carries the modules in which every spec meets its code, so that
// the checker works from any folder and in any module.
package lib

import "embed"

// Modules holds Steps.tla, which specs extend, and those of the checker.
//
//go:embed *.tla
var Modules embed.FS
