// Package conformance holds Go code against a TLA+ spec with the model checker
// TLC, in both directions: every trace that the code has recorded must be a
// behaviour of the spec, and the code must take every transition of the spec's
// bounded model, and refuse every step that the model refuses.
//
//	func TestFollowsTheSpec(t *testing.T) {
//		recorded, err := trace.ReadFile("run.ndjson")
//		require.NoError(t, err)
//		conformance.Accepts(t, os.DirFS("spec"), recorded)
//		conformance.Explores(t, os.DirFS("spec"), newSystem)
//	}
//
// # What the caller must provide
//
//  1. A folder with the spec X.tla, and with XSteps.tla, which says how spec and
//     code meet: StepsNext names each action with Step("Name", args, Action), and
//     View(node) is what the code's View logs of that node. XSteps.cfg gives the
//     constants and the bounds. Load describes the folder.
//  2. Traces, recorded with package trace. The step's name, its arguments and
//     the fields of the view are the same in the code and in the Steps module.
//  3. For Explores, a System: the code in its initial state, which takes one
//     named step at a time, records it exactly once, and returns ErrRefused for
//     a step that it does not allow now.
//  4. TLC in the user's cache folder; `lockstep setup` fetches it.
//
// # Verdicts
//
// A Verdict is Accepted, Rejected or Unknown. A check that TLC could not finish,
// for want of time or memory, is Unknown and never Accepted. A trace that is
// rejected has the number of the first step that the spec does not allow and
// the reason: the step is not allowed in this state (guard), the view after it
// is another one (state), or the step breaks an invariant or a property of the
// cfg. Explain finds the part of the action that is false. An error means that
// the check could not be made. It wraps ErrInput if the user's files are wrong.
//
// # Patterns
//
// A Pattern is a spec together with its code, the Scenarios that record traces,
// and its rules. Checker.Check does for it all that can be checked: it
//
//   - runs TLC on the spec's model,
//   - records the scenarios, and replays their traces,
//   - drives the code along the bounded model,
//   - leaves out each rule in the spec and in the code, which must be noticed
//     for the right reason,
//   - changes the accepted traces in one place each, which the spec must refuse
//     unless TLC proves it equivalent or Pattern.Equivalents lists it.
//
// A program that checks patterns calls Reexec first, because the check starts it
// again: to run code with a broken rule, and in scenarios that kill a process.
package conformance
