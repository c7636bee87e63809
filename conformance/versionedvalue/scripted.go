package versionedvalue

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/toolbox"
	vv "github.com/lockstep-tla/lockstep/impl/versionedvalue"
	"github.com/lockstep-tla/lockstep/trace"
)

// scripts are what the rules are there for, step by step and without chance. Run n is
// the nth of them. The word not stands before a step that the core must refuse; put is a
// whole write, and look a whole snapshot; "-" is no value, or an open bound.
var scripts = []string{
	// The second writer is faster. Its version is not visible before the first has ended.
	`take 1 a u, take 2 b v, install 2, not ack 2, not open 2, not open 1, not mark 2, not mark 1
	look 0 b -, not install 2, install 1, ack 2, ack 1, look 1 b -, look 2 a u, not open 3`,
	// The first of three writers gives up, and the second; the third waits no more.
	`take 1 a u, take 2 a v, take 3 b w, install 3, abandon 1, not open 3, abandon 2, abandon 3
	not install 3, look 3 b w, look 3 a -, take 4 a x, not ack 4, abandon 4, not open 4`,
	// Versions come from a clock, which goes back.
	`take 5 a u, not take 5 b v, not take 3 a v, install 5, ack 5, not take 5 a v, not take 4 a v
	look 5 a u, look 3 a -, put 9 a v, look 8 a u`,
	// What is below the compacted version is refused, also if it is still there.
	`put 1 a u, put 2 a v, put 3 a w, not mark 4, mark 2, not mark 2, not mark 1, not open 1
	not changes a 1 3, remove a 1, not open 1, not open 0, look 2 a v`,
	// A snapshot reads the same before and after a write and a collection.
	`put 1 a u, open 1, read 1 a u, put 2 a v, put 3 b w, read 1 a u, read 1 b -, not mark 2
	mark 1, not remove a 1, read 1 a u, close 1, not close 1, not read 1 a u, not range 1 - - 1
	mark 3, remove a 1, not remove a 1, look 3 a v`,
	// Of two snapshots at one version, one is closed.
	`put 1 a u, open 1, open 1, put 2 a v, open 2, close 1, not mark 2, read 1 a u, close 1
	mark 2, read 2 a v, close 2`,
	// A key has no value so old, or none at all, and the one before it in the order has.
	`put 1 a u, put 2 ab v, put 3 b w, look 1 ab -, look 3 a1 -, look 2 b -, look 0 a -
	not remove a1 1, put 4 a deleted, mark 4, not remove ab 2, look 4 ab v`,
	// A range has bounds and a limit, and no tombstones.
	`put 1 a u, put 2 a1 u, put 3 ab u, put 4 b u, put 5 a1 deleted, put 6 b v, open 3, open 6
	range 3 - - 5, range 3 - - 2, range 3 a1 - 1, range 3 a1 b 5, range 3 ab ab 5, range 6 - b 5
	range 6 a1 - 1, range 6 a1 - 5, range 6 a ab 2, range 6 b - 5, range 6 b a 5, close 3`,
	// A write names the version that it has seen.
	`take 1 a u 0, not take 2 a v 0, take 2 b v 0, install 1, ack 1, install 2, ack 2
	not take 3 a v 0, take 3 a v 1, not take 4 a w 1, not take 4 a w 3, install 3, ack 3
	not take 4 a deleted 1, take 4 a deleted 3, install 4, ack 4, not take 5 a x 4, take 5 a x 0
	abandon 5, take 6 a x 0, install 6, take 7 a u 6, ack 6, install 7, ack 7`,
	// The newest at or below the compacted version stays, and so does all above it.
	`put 1 a u, put 2 a v, put 4 a w, put 5 a x, mark 4, not remove a 5, not remove a 4
	remove a 2, remove a 1, look 4 a w, put 6 b u, mark 6, remove a 4, look 6 a x`,
	// A tombstone hides what is older, and goes after it.
	`put 1 a u, put 2 a deleted, look 1 a u, look 2 a -, not remove a 2, mark 2, not remove a 2
	look 2 a -, remove a 1, look 2 a -, remove a 2, look 2 a -, put 3 a v, look 2 a -`,
	// Of two tombstones the second covers the first. Above the compacted version they stay.
	`put 1 a deleted, put 2 a deleted, not remove a 1, mark 1, not remove a 2, remove a 1
	not remove a 2, mark 2, remove a 2`,
	// The newest entry was a tombstone that is removed: the next process does not use its
	// version again. An installed write stays, and an open one is gone.
	`put 1 a u, put 2 a deleted, mark 2, remove a 1, remove a 2, open 2, restart, not close 2
	not take 1 a v, not take 2 a v, take 3 a v, take 4 b w, take 5 ab w, install 4, restart
	not install 3, not ack 4, not take 4 a x, look 4 b w, put 5 a x`,
	// The changes of a key.
	`put 1 a u, put 2 ab u, put 3 a deleted, put 4 a v, put 5 a1 w, changes a 0 5, changes a 1 3
	changes a 3 3, changes a 0 0, not changes a 3 2, not changes a 3 6, changes ab 1 5, take 6 a x
	not changes a 4 6, install 6, ack 6, mark 3, changes a 3 6, not changes a1 0 6, remove a 1
	changes a 3 4`,
}

// script is a core that is led by hand.
type script struct {
	toolbox.Script
	*vv.Core
}

func scripted(_ context.Context, run conformance.Run) error {
	return toolbox.Record(run, header("scripted", run.Seed), func(rec *trace.Recorder) error {
		s := &script{Core: vv.NewCore(rec)}
		s.FollowSteps(toolbox.Pick(scripts, run.Seed-1), vv.ErrNotAllowed, s.step)
		s.rest()
		return s.Err()
	})
}

// step takes one step, or those of a whole write or snapshot.
func (s *script) step(words []string) error {
	text := func(i int) string { return strings.TrimPrefix(words[i], "-") }
	n := func(i int) uint64 { return s.Number(words[i]) }
	if one := map[string]func(uint64) error{
		"install": s.Install, "ack": s.Acknowledge, "abandon": s.Abandon,
		"open": s.Open, "close": s.Close, "mark": s.Mark,
	}[words[0]]; one != nil {
		return one(n(1))
	}
	switch words[0] {
	case "take", "put":
		expect := -1
		if len(words) > 4 {
			expect = int(n(4))
		}
		err := s.Take(n(1), change(words[2], words[3], expect))
		if words[0] == "put" {
			err = errors.Join(err, s.Install(n(1)), s.Acknowledge(n(1)))
		}
		return err
	case "remove":
		return s.Remove(words[1], n(2))
	case "read":
		e, err := s.Read(n(1), words[2])
		s.Check(err != nil || e.Value == text(3), "%s at %s is %+v", words[2], words[1], e)
		return err
	case "look":
		return errors.Join(s.Open(n(1)), s.step(append([]string{"read"}, words[1:]...)), s.Close(n(1)))
	case "range":
		return toolbox.ErrOf(s.Range(n(1), text(2), text(3), int(n(4))))
	case "changes":
		return toolbox.ErrOf(s.Changes(words[1], n(2), n(3)))
	case "restart":
		s.Restart()
		return nil
	}
	return fmt.Errorf("%w: %s", toolbox.ErrNoCommand, words[0])
}

// rest reads everything at the versions that there are, so that whatever went wrong
// before shows. Then it ends all writes, closes all snapshots, and removes what it can.
func (s *script) rest() {
	for version := range uint64(12) {
		if s.Open(version) == nil {
			for _, key := range keys {
				_, err := s.Read(version, key)
				s.Must(err)
			}
			s.Must(s.Close(version))
		}
	}
	for version := range uint64(most + 1) {
		s.Allow(s.Install(version), vv.ErrNotAllowed)
		s.Allow(s.Acknowledge(version), vv.ErrNotAllowed)
		s.Allow(s.Abandon(version), vv.ErrNotAllowed)
		for n := 0; n < most && s.Close(version) == nil; n++ {
		}
		for _, key := range keys {
			s.Allow(s.Remove(key, version), vv.ErrNotAllowed)
		}
	}
	s.Quiet()
}
