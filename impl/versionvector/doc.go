// Package versionvector keeps a key on several replicas that all accept writes. Writes
// that did not see each other are both kept, as siblings, until a client that has read
// them writes again. After Joshi, Patterns of Distributed Systems, chapter 18; with dots,
// after Almeida and others, Scalable and Accurate Causality Tracking for Eventually
// Consistent Stores (DAIS 2014). Its spec is specs/versionvector.
//
//	s, err := versionvector.Open(versionvector.Options{Name: "n1", Peers: peers, Send: send, Path: path})
//	read, err := s.Get("cart")
//	err = s.Put("cart", read, merged(read.Values))
//
// Vector and State are the data: what was seen, and what of it is left. Core is a replica
// of one key, a method for each step of the spec. Store adds the keys, the disk and the
// goroutines.
//
// What it promises, whatever messages and processes do:
//
//  1. A write that Put has returned is durable, and is lost only to a later write whose
//     client has read it, or has read another one that was written so.
//  2. The siblings of a reply did not see each other. A later write with that reply
//     replaces exactly them, and all that they had replaced.
//  3. When writes stop, all replicas come to have the same.
//  4. The entries of an incarnation that has ended go once its writes are replaced, and all
//     replicas have exchanged what they know. A replica that is away delays that.
//
// It does not promise that a read is new, nor that it finds the client's own last write:
// that may be at another replica.
//
// What the caller must do:
//
//  1. Give each replica a name of its own, for ever. A replica whose disk is lost, or is
//     restored from a copy, gets a new name.
//  2. Make one value of the siblings, which means something in the program, and write it
//     with the reply.
//  3. Write only with a reply, as Get of the same key has returned it, or with the zero
//     Reply.
//  4. Call Run, or AntiEntropy and Flush from time to time.
//  5. After ErrStale, read again, and write with that.
//  6. After ErrStopped, close the store and open it again.
//
// The steps are those of the spec:
//
//	Read     a client reads the siblings and the context
//	Put      the replica accepts a write
//	Flush    what is in memory has become durable
//	Restart  the replica has crashed, and begins another incarnation
//	Send     it sends a peer all that it has
//	Ask      it sends a peer what it has seen
//	Answer   a peer has asked that is behind
//	Ignore   a peer has asked that is not
//	Merge    it joins what a peer has sent
//	Learn    it learns that a peer has begun another incarnation
//	Prune    it removes the entries of incarnations that have ended
package versionvector
