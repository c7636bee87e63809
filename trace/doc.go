// Package trace records what a program does, step by step, so that a checker
// can hold the record against a TLA+ spec; and it reads such records.
//
//	func (n *Node) Sync(upTo int) {
//		n.synced = upTo
//		n.trace.Step("Sync").Int("upTo", upTo).State(n)
//	}
//
//	func (n *Node) View(o *trace.Object) {
//		o.Int("length", n.length)
//		o.Int("synced", n.synced)
//	}
//
// A trace is a text of JSON lines: a header that says what was run, a line for
// each step with its arguments and the state after it, and a trailer with the
// number of steps. A text without its trailer is not a trace.
//
//	{"lockstep":1,"spec":"WriteAheadLog","scenario":"crash","seed":7,"constants":{"Node":["n1"]}}
//	{"step":"Sync","args":{"upTo":2},"state":{"length":2,"synced":2}}
//	{"end":1}
//
// # What the caller must do
//
//  1. Record each step once, after it has changed the state and before any other
//     goroutine or process can see the change: before a message is sent, a lock
//     released, a caller answered. The order of the State calls is the order of the trace.
//  2. Call State where the state cannot change meanwhile, usually inside the
//     critical section that made the change. State calls View before it
//     returns; View only reads.
//  3. Give each step the name of the spec's action, its arguments, and in View
//     always all of the acting node's fields, in any order.
//  4. End each Step with State, once, and keep neither the Step nor an Object.
//     A step that was begun and never ended makes Close report an error.
//  5. Close the recorder and look at the error. Nothing before that returns
//     one, because a recorder must not disturb the program; Err tells earlier.
//  6. Give State and Object pointers. Go puts any other Viewer on the heap for
//     the call, even with a recorder that is off.
//
// # Several processes
//
// Processes that run side by side each record to a file of their own. Their
// headers name the process and all the processes of the run, and each recorder
// is given a Lamport clock, with which it stamps the steps:
//
//	h.Process = &trace.Process{Name: "p1", All: []string{"p1", "tc"}, Run: id}
//	rec, err := trace.Create(path, h) // or trace.Resume(path), after a kill
//	rec.UseClock(new(lamportclock.Clock))
//
// A message carries the stamp of the step that sends it, or of a later one of
// the same process, and the step that receives it says so:
//
//	n.trace.Step("SendPrepared").State(n)
//	send(Prepared{From: "p1", Stamp: n.trace.Stamp()})
//
//	n.trace.Step("ReceivePrepared").String("from", m.From).Heard(m.Stamp).State(n)
//
//	{"step":"ReceivePrepared","args":{"from":"p1"},"state":{},"stamp":18,"heard":[{"process":"p1","stamp":17}]}
//
// Merge puts the files together by their stamps into one trace, in an order in
// which the steps can have happened. It refuses files that do not make one run,
// a process whose file is missing, and a message that was received before it
// was sent, or that no process sent. The caller must ensure that
//
//  1. every message from one process of the run to another carries a stamp;
//     so does any other channel between them, such as a file that both use.
//     Requests from outside the run carry none, and the step that receives one
//     does not call Heard;
//  2. the stamp is taken after State has returned, and the message sent after
//     that;
//  3. a process that was killed and starts again resumes its file. Its stamps go
//     on above the last one there. If a process stays dead, another one resumes
//     its file and closes it.
//
// With a recorder that is off, or that has no clock, Stamp is zero and Heard does
// nothing, so that code which sends messages is the same in all three cases.
//
// # Notes
//
// A line may carry what the program wants to find again beside the step, such as
// the time or a level of its log, as a JSON object under the key note. It is the
// one key that is the program's own. Nothing compares it, and its numbers may have
// any size. The commands that show a step show its note.
//
//	n.trace.Step("Sync").Int("upTo", upTo).Note("time", now.Format(time.RFC3339Nano)).State(n)
//
//	{"step":"Sync","args":{"upTo":2},"state":{"length":2,"synced":2},"note":{"time":"2026-11-28T12:00:00Z"}}
//
// # What a trace can hold
//
// Integers from -2147483647 to 2147483647, booleans, strings of valid UTF-8,
// sequences, and objects, which are TLA+ records or functions over strings.
// There is no null: a nil slice is the empty sequence, and "no leader" is a
// string of the program's choice. A number outside 32 bits, which TLC would
// silently read as another, an empty key, a key given twice, a text that is
// not UTF-8, nesting beyond MaxDepth and a line beyond MaxLine are refused
// where they are recorded. The recorder then stops; its error names the step
// by number and name, and the field. For a run whose counters begin beyond
// that, or just below a bound, CountFrom takes off what Count adds.
//
// # Cost
//
// A nil *Recorder is off. A step then costs a comparison, allocates nothing
// and calls no View. With a recorder that is on, a step with six fields of
// state takes a fraction of a microsecond and allocates nothing, once as many
// steps were recorded as run at the same time. Create hands each line to the
// operating system before State returns, which costs a system call; New keeps
// lines in a buffer until Close.
//
// The reader holds one line at a time beside what it returns, and refuses a
// line beyond MaxLine without reading it to its end.
package trace
