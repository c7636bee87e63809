// Package majorityquorum keeps a register on several replicas, so that it survives the loss
// of some of them. After Joshi, Patterns of Distributed Systems, chapter 8, and Attiya,
// Bar-Noy and Dolev (1995). Its spec is specs/majorityquorum.
//
//	r, err := majorityquorum.OpenReplica(majorityquorum.ReplicaOptions{Name: "athens", Path: path})
//	answer, err := r.Receive(request) // for each request that comes from the network
//
//	c, err := majorityquorum.Open(majorityquorum.Options{Name: "c1-7", Voters: voters, Send: send})
//	version, err := c.Write(ctx, "hello")
//	cell, err := c.Read(ctx)
//
// What it promises, whatever the network does, and whichever replicas crash:
//
//  1. The register is atomic: all operations of all clients can be put in one order, in
//     which each read returns the last value that was written before it, and each operation
//     stands behind those that had ended before it began. With Options.Regular it is
//     regular only.
//  2. A quorum is of the configured voters, each counted once. Replicas that are down do
//     not make it smaller.
//  3. An operation ends when a quorum has answered, when too few voters are left that have
//     not refused, or after its Timeout for each of its two phases.
//  4. After ErrFailed nothing was written. After ErrUnknown it may have been.
//  5. A replica says yes when its file is durable.
//
// What the user must do:
//
//  1. Give all clients the same Voters and WriteQuorum. They cannot be changed while clients
//     are at work.
//  2. Give each process of a client a Name of its own, for example with a number from
//     generationclock.Clock.Raise. Two clients with one name write two values under one
//     version.
//  3. Keep a replica's file. One that has lost it may not come back under its old name.
//  4. Hand a request to the replica that it names, and its answer back to Send.
//
// A key-value store is a register for each key.
//
// Core and ReplicaCore are the same without goroutines, network and files. The steps are
// those of the spec:
//
//	Read, Write   an operation begins with a call to all voters: what do you have?
//	Receive       an answer has come
//	Fail          a voter refuses, or its connection has ended
//	Expire        the time of the call is over
//	Choose        a writer chooses a version and puts it
//	WriteBack     a reader puts what it is about to return
//	Return        the caller is told
//	Answer        a replica answers what it has
//	Store         it takes a newer cell
//	Persist       that is durable
//	Acknowledge   it says yes
//	Restart       its process has ended, and the next one begins
package majorityquorum
