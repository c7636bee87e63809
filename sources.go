package main

import "embed"

// sources are those of which this program is made. With them it knows whether it
// is older than those on the disk, and what a kept result depends on.
//
//go:embed all:conformance all:impl all:specs all:trace *.go go.mod go.sum
var sources embed.FS
