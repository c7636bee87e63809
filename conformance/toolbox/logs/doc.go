// Package logs is what the runs of patterns have in common that keep something in
// log files.
//
//	ReadFile, Read   a reader of log files that is not the log's own
//	Left, View       what a process leaves whose end is to be recorded
//	At, IsAt         what an entry must say, by its index
//	System, Loop     a core that is driven step by step, and tried in a loop
//	Process.Settle, Subject.Settle   come before the step End, of an observer: nothing is owed
//	Subjects         runs on a disk in memory that goes wrong: Faults and Halt
//	Crowd            goroutines that add to a log in real files at the same time
//	Killed           a process that is killed while it works in real files
package logs
