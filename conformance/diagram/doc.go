// Package diagram draws what nodes did as a space-time diagram: a lane for each
// node, time downwards, messages as arrows from where they were sent to where
// they were received. It draws recorded traces and the counterexamples of a
// model checker alike, as Mermaid for pages in Markdown and as SVG.
//
// # What is a message
//
// An argument of a step is a message if it is a record that names its sender or
// its receiver, in one of the fields from, source, src and sender, or to, dest,
// dst, destination and receiver. Arguments of the step itself that have one of
// these names and hold the name of a node mean the same. A step whose
// node is the message's sender sends it; one of the node that it is for, or of
// any other if it says nothing, receives it. Where a step of another node has it
// as argument, or a step whose name begins with Lose or Drop, it is lost there.
//
// Where the spec says which messages are under way ([Source.Network]), a message
// is sent by the step after which it is among them. If a step has no
// message as argument, it ends those that are not among them any more: its own node
// has received them, and those to others are lost. There a record of one field stands
// for an argument of that name which is no record: {"stamp": 7} for stamp = 7.
//
// Where several processes have recorded, the stamps of a step name the messages
// that it follows from, and the arrows begin there.
//
// A step whose name begins with Crash or Kill is one after which its node is
// down until it takes another step. If the environment takes the step, an argument
// names the node.
package diagram
