// Package spec embeds the spec of the lock, so that the program can check it from any
// folder.
package spec

import "embed"

// Files has the spec's modules and models.
//
//go:embed *.tla *.cfg broken
var Files embed.FS
