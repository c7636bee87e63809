// Package logs is what the runs of patterns have in common that keep something in
// log files.
//
//	ReadFile, Read   a reader of log files that is not the log's own
//	Last, View       the last view of a process that has ended, to be recorded again
//	Faults, Halt     runs on a disk in memory that goes wrong
//	Killed           a process that is killed while it works in real files
package logs
