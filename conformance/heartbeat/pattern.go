// Package heartbeat holds the heartbeats in impl/heartbeat against their spec.
package heartbeat

import (
	"embed"
	"io/fs"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/specs"
)

//go:embed broken/*.go
var broken embed.FS

// Pattern is HeartBeat, for the checker.
var Pattern = conformance.Pattern{
	Name:    "heartbeat",
	Spec:    specs.Of("heartbeat"),
	Package: "github.com/lockstep-tla/lockstep/impl/heartbeat",
	Broken:  sub(broken, "broken"),
	System:  newSystem,
	Child:   child,
	Scenarios: []conformance.Scenario{{
		Name:  "script",
		About: "for each rule a course of events in which it matters, in virtual time",
		Runs:  14,
		Run:   script,
	}, {
		Name:  "faults",
		About: "nodes that crash, start and stand still, on a network that loses, repeats, delays and is cut, in virtual time",
		Runs:  16,
		Run:   faults,
	}, {
		Name:  "processes",
		About: "processes that send over UDP, one of which is stopped and continued, and one killed and started again",
		Runs:  2,
		Run:   processes,
	}},
}

func sub(files embed.FS, dir string) fs.FS {
	f, err := fs.Sub(files, dir)
	if err != nil {
		panic(err) // the folder is a constant
	}
	return f
}
