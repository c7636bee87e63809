// Package command is the lockstep command line for any set of patterns: ours,
// or those of a module that brings its own.
//
//	//go:embed go.mod *.go counter
//	var sources embed.FS
//
//	func main() {
//		command.Main(command.Program{
//			Main:     "example.org/counters", // this package, from which broken code is built
//			Patterns: []*conformance.Pattern{&counter.Pattern},
//			Sources:  sources, // without them no result of a check is kept
//		})
//	}
//
// `lockstep help` lists the commands. Some need no pattern: replay, explain,
// coverage and diagram take a folder with a Steps module (-steps), so that traces of
// any program, in any language, can be held against a spec.
//
// # Exit codes
//
//	0  accepted
//	1  rejected: a trace is refused, a property is violated, a rule is not detected
//	2  bad usage or bad input, with what is wrong and where
//	3  no verdict: no Java, a time-out, too little memory, a run that failed
//
// A verdict goes to the standard output, and everything else to the error output.
// With -json the standard output is one JSON object.
//
// # Processes
//
// Main starts the program again, to run code with a broken rule and for scenarios
// that kill a process; it serves these roles before it looks at the command line.
// An interrupt ends a command together with the TLC processes that it has started.
package command
