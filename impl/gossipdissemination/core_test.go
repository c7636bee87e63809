package gossipdissemination

import (
	"fmt"
	"testing"

	fuzz "github.com/google/gofuzz"
	"github.com/stretchr/testify/require"
)

// TestOnlyTheOwnerMakesVersions: values travel back and forth along a line of nodes.
func TestOnlyTheOwnerMakesVersions(t *testing.T) {
	a, b, c := started(t, "a"), started(t, "b"), started(t, "c")
	set(t, b, "load", "1")
	set(t, b, "load", "2")
	for range 5 {
		exchange(t, b, a)
		exchange(t, c, a)
		exchange(t, a, c)
	}
	for _, core := range []*Core{a, b, c} {
		require.Equal(t, owned(1, 2, 0, Alive), core.DigestOf("b"), core.Name())
		require.Equal(t, owned(1, 0, 0, Alive), core.DigestOf("c"), core.Name())
		require.Equal(t, map[string]Value{"load": {"2", 2}}, state(core)["b"].Vals, core.Name())
	}
}

// TestDeltasAreTruncatedInVersionOrder: a node sends many values in small messages, some
// of which are lost, while new ones come. After each message the receiver has all that
// is valid up to its version.
func TestDeltasAreTruncatedInVersionOrder(t *testing.T) {
	for seed := range int64(20) {
		var updates []struct{ Key, Value, Lost uint8 }
		fuzz.NewWithSeed(seed).NilChance(0).NumElements(40, 60).Fuzz(&updates)
		a, b := started(t, "a"), started(t, "b")
		exchange(t, b, a)
		for _, u := range updates[:30] {
			set(t, b, fmt.Sprint("k", u.Key%25), fmt.Sprint(u.Value))
		}
		parts := 0
		for i := 0; a.DigestOf("b") != b.DigestOf("b"); i++ {
			if u := updates[30+i%10]; i < 10 {
				set(t, b, fmt.Sprint("k", u.Key%25), "later")
			}
			m := take(t, b, digest(t, a, b), Within(60))
			require.LessOrEqual(t, len(m.Encode(nil)), 60)
			if updates[i%30].Lost%4 == 0 {
				continue
			}
			parts++
			before := a.DigestOf("b").Ver
			take(t, a, m, Everything)
			got := a.entry("b")
			require.Greater(t, got.Ver, before, "seed %d", seed)
			for key, v := range b.entry("b").Vals {
				if v.Ver <= got.Ver {
					require.Equal(t, v, got.Vals[key], "seed %d: key %s", seed, key)
				}
			}
		}
		require.Greater(t, parts, 3, "seed %d", seed)
		require.Equal(t, state(b)["b"], state(a)["b"])
	}
}

// TestALateDeltaMakesNoHole: a delta builds on versions that its receiver has forgotten
// in a crash.
func TestALateDeltaMakesNoHole(t *testing.T) {
	a, b := started(t, "a"), started(t, "b")
	set(t, a, "one", "1")
	set(t, a, "two", "2")
	exchange(t, b, a)
	set(t, a, "three", "3")
	late := answer(t, a, b)
	require.EqualValues(t, 2, late.Entries["a"].Since)
	restarted(t, b)
	take(t, b, late, Everything)
	require.Equal(t, Digest{}, b.DigestOf("a"), "a delta of an unknown generation that is not contiguous changes nothing")

	first := func(u *Updates) Truncation { return Truncation{"a": 1} }
	take(t, b, take(t, a, digest(t, b, a), first), Everything)
	require.Equal(t, map[string]string{"one": "1"}, values(b, "a"))
	take(t, b, late, Everything)
	require.Equal(t, map[string]string{"one": "1"}, values(b, "a"), "the second is not there")
	require.EqualValues(t, 1, b.DigestOf("a").Ver)
	exchange(t, b, a)
	require.Equal(t, state(a)["a"], state(b)["a"])
}

// TestAHigherGenerationReplacesEverything: it does so even if there is less of it.
func TestAHigherGenerationReplacesEverything(t *testing.T) {
	a, b, c := started(t, "a"), started(t, "b"), started(t, "c")
	for i := range 9 {
		set(t, b, fmt.Sprint("k", i%5), "old")
	}
	exchange(t, b, a)
	exchange(t, c, a)
	old := answer(t, a, started(t, "d"))
	require.Len(t, old.Entries["b"].Vals, 5)
	require.NoError(t, a.Suspect("b"))
	require.NoError(t, a.DeclareDead("b"))
	restarted(t, b)
	set(t, b, "k4", "new")
	exchange(t, b, a)
	want := Entry{Digest: owned(2, 1, 0, Alive), Vals: map[string]Value{"k4": {"new", 1}}}
	require.Equal(t, want, state(a)["b"], "the status of the old generation is gone")
	exchange(t, c, a)
	require.Equal(t, want, state(c)["b"])
	for _, core := range []*Core{a, b, c} {
		old.To = core.Name()
		take(t, core, old, Everything)
		require.Equal(t, want, state(core)["b"], "old update come late to %s", core.Name())
	}
}

// TestARestartedNodeIgnoresItsOldValues: the others remember more versions of the old
// generation than the new one has.
func TestARestartedNodeIgnoresItsOldValues(t *testing.T) {
	a, b := started(t, "a"), started(t, "b")
	for i := range 5 {
		set(t, b, fmt.Sprint("k", i), "old")
	}
	exchange(t, b, a)
	remembered := answer(t, a, started(t, "c"))
	remembered.To = "b"
	restarted(t, b)
	set(t, b, "k0", "new")
	take(t, b, remembered, Everything)
	exchange(t, a, b)
	exchange(t, b, a)
	want := Entry{Digest: owned(2, 1, 0, Alive), Vals: map[string]Value{"k0": {"new", 1}}}
	require.Equal(t, want, state(b)["b"])
	require.Equal(t, want, state(a)["b"])

	forged := wired(t, &Message{Kind: KindDelta, From: "a", To: "b", Entries: map[string]Delta{
		"b": {Digest: owned(2, 7, 0, Alive), Vals: map[string]Value{"k1": {"forged", 7}}},
	}})
	take(t, b, forged, Everything)
	require.Equal(t, want, state(b)["b"], "nor of the present generation")
}

// TestMergingIsAJoin: all deltas of one generation arrive in any order, with
// repetitions. The receiver's knowledge only grows, is always a state that the owner
// once had, and is the last one in the end.
func TestMergingIsAJoin(t *testing.T) {
	for seed := range int64(50) {
		var random []uint16
		fuzz.NewWithSeed(seed).NilChance(0).NumElements(60, 60).Fuzz(&random)
		owner, a := started(t, "b"), started(t, "a")
		history := []map[string]Value{nil} // by version
		var said []*Message
		for i := range 12 {
			set(t, owner, fmt.Sprint("k", random[i]%4), fmt.Sprint(i))
			history = append(history, state(owner)["b"].Vals)
			for _, at := range []uint32{0, uint32(random[12+i]) % uint32(i+1)} {
				m := &Message{Kind: KindDelta, From: "b", To: "a"}
				m.Entries = map[string]Delta{"b": delta(owner.own(), owned(1, at, 0, Alive), uint32(i+1))}
				said = append(said, wired(t, m))
			}
		}
		for _, r := range random[24:] {
			before := a.DigestOf("b")
			take(t, a, said[int(r)%len(said)], Everything)
			after := a.DigestOf("b")
			require.GreaterOrEqual(t, after.Ver, before.Ver, "seed %d", seed)
			require.Equal(t, history[after.Ver], state(a)["b"].Vals, "seed %d, version %d", seed, after.Ver)
			take(t, a, said[int(r)%len(said)], Everything)
			require.Equal(t, after, a.DigestOf("b"), "seed %d: a second time", seed)
		}
		for _, m := range said {
			take(t, a, m, Everything)
		}
		require.Equal(t, state(owner)["b"], state(a)["b"], "seed %d", seed)
	}
}

// TestMergeKeepsOtherOwnersAndKeys: a delta changes nothing that it is not about.
func TestMergeKeepsOtherOwnersAndKeys(t *testing.T) {
	a, b, c := started(t, "a"), started(t, "b"), started(t, "c")
	set(t, b, "address", "b:1")
	set(t, b, "load", "1")
	exchange(t, b, a)
	exchange(t, c, a)
	set(t, b, "load", "2")
	update := answer(t, b, a)
	require.Equal(t, map[string]Value{"load": {"2", 3}}, update.Entries["b"].Vals, "only what has changed")
	take(t, a, update, Everything)
	require.Equal(t, []string{"a", "b", "c"}, a.Owners())
	require.Equal(t, map[string]string{"address": "b:1", "load": "2"}, values(a, "b"))
}

// TestAnExchangePushesAndPulls: after three messages each of two nodes has what the
// other had.
func TestAnExchangePushesAndPulls(t *testing.T) {
	a, b := started(t, "a"), started(t, "b")
	set(t, a, "load", "1")
	set(t, b, "load", "2")
	digest := digest(t, b, a)
	delta := take(t, a, digest, Everything)
	require.Equal(t, []string{"a"}, sorted(delta.Entries), "what b lacks")
	require.Equal(t, map[string]Digest{"b": {}}, delta.Digests, "what a wants")
	rest := take(t, b, delta, Everything)
	require.Equal(t, state(a)["a"], state(b)["a"])
	require.Empty(t, rest.Digests)
	require.Nil(t, take(t, a, rest, Everything))
	require.Equal(t, state(a), state(b))
	require.Equal(t, 1, exchange(t, a, b), "there is nothing left to say")

	set(t, a, "load", "3")
	require.Equal(t, 2, exchange(t, b, a), "pulled")
	set(t, a, "load", "4")
	require.Equal(t, 3, exchange(t, a, b), "pushed")
	require.Equal(t, state(a), state(b))
}

// TestAPartialDigestAsksForItsOwnersOnly: only a whole digest asks for the owners that
// are not in it.
func TestAPartialDigestAsksForItsOwnersOnly(t *testing.T) {
	a, b := started(t, "a"), started(t, "b")
	exchange(t, b, a)
	exchange(t, started(t, "c"), a)
	set(t, a, "load", "1")
	few, err := b.Digest("a", map[string]bool{"a": true})
	require.NoError(t, err)
	require.False(t, few.Whole)
	require.Equal(t, []string{"a"}, sorted(take(t, a, few, Everything).Entries))
	all := digest(t, b, a)
	require.True(t, all.Whole)
	require.Equal(t, []string{"a", "c"}, sorted(take(t, a, all, Everything).Entries))
	_, err = b.Digest("a", map[string]bool{"c": true})
	require.ErrorIs(t, err, ErrNotAllowed, "it knows no c")
}

// TestARequestIsAnsweredAfterTheMerge: the answer to a request has also what came in the
// same message.
func TestARequestIsAnsweredAfterTheMerge(t *testing.T) {
	a, b, c := started(t, "a"), started(t, "b"), started(t, "c")
	set(t, c, "load", "1")
	exchange(t, c, a)
	m := answer(t, a, b)
	require.Contains(t, m.Entries, "c")
	m.Digests["c"] = Digest{} // it has forgotten it again
	rest := take(t, b, m, Everything)
	require.Equal(t, map[string]Value{"load": {"1", 1}}, rest.Entries["c"].Vals)
}

// TestNothingIsShared: changing all that was handed in or out changes nothing.
func TestNothingIsShared(t *testing.T) {
	seeds := []string{"a"}
	b := NewCore(CoreConfig{Name: "b", Seeds: seeds})
	require.NoError(t, b.Start())
	seeds[0] = "x"
	require.True(t, b.MayContact("a"))
	a := started(t, "a")
	set(t, a, "load", "1")
	set(t, b, "load", "1")

	digest, err := b.Digest("a", nil)
	require.NoError(t, err)
	delta, err := a.Answer(digest, Everything)
	require.NoError(t, err)
	rest, err := b.Merge(delta, Everything)
	require.NoError(t, err)
	_, err = a.Merge(rest, Everything)
	require.NoError(t, err)
	for _, core := range []*Core{a, b} { // also what came from the other one
		want := state(core)
		for _, m := range []*Message{digest, delta, rest} {
			for _, d := range m.Entries {
				d.Vals["load"] = Value{"spoilt", 9}
				d.Vals["more"] = Value{"spoilt", 9}
			}
			for owner := range m.Digests {
				m.Digests[owner] = owned(9, 9, 9, Left)
			}
		}
		for _, owner := range core.Owners() {
			e, ok := core.Entry(owner)
			require.True(t, ok)
			e.Vals["load"] = Value{"spoilt", 9}
		}
		require.Equal(t, want, state(core), core.Name())
		require.Equal(t, "1", want["a"].Vals["load"].Val)
		require.Equal(t, "1", want["b"].Vals["load"].Val)
	}
}

// TestAMessageDoesNotChangeWithItsSender: neither whole entries nor parts of them do.
func TestAMessageDoesNotChangeWithItsSender(t *testing.T) {
	a, b := started(t, "a"), started(t, "b")
	set(t, a, "load", "1")
	whole, err := a.Answer(digest(t, b, a), Everything)
	require.NoError(t, err)
	exchange(t, b, a)
	set(t, a, "load", "2")
	part, err := a.Answer(digest(t, b, a), Everything)
	require.NoError(t, err)
	about, err := a.Digest("b", nil)
	require.NoError(t, err)
	messages := []*Message{whole, part, about}
	var before []string
	for _, m := range messages {
		before = append(before, string(m.Encode(nil)))
	}
	set(t, a, "load", "3")
	set(t, a, "more", "3")
	suspicion := Delta{Digest: owned(1, 0, 0, Suspect)}
	take(t, a, &Message{Kind: KindDelta, From: "b", To: "a", Entries: map[string]Delta{"a": suspicion}}, Everything)
	require.NoError(t, a.Refute())
	require.NoError(t, a.Leave())
	for i, m := range messages {
		require.Equal(t, before[i], string(m.Encode(nil)))
	}
}

// TestATombstoneStays: stale gossip does not revive a node that has left, a new
// generation does.
func TestATombstoneStays(t *testing.T) {
	a, b, c := started(t, "a"), started(t, "b"), started(t, "c")
	set(t, b, "load", "1")
	exchange(t, b, a)
	exchange(t, c, a)
	old := answer(t, a, started(t, "d"))
	require.NoError(t, b.Leave())
	require.ErrorIs(t, b.Update("load", "2"), ErrNotAllowed)
	require.ErrorIs(t, b.Leave(), ErrNotAllowed)
	require.ErrorIs(t, b.Refute(), ErrNotAllowed)
	exchange(t, b, a)
	tombstone := Entry{Digest: owned(1, 2, 0, Left)}
	require.Equal(t, tombstone, state(b)["b"])
	require.Equal(t, tombstone, state(a)["b"])
	old.To = "a"
	take(t, a, old, Everything)
	old.Entries["b"] = Delta{Digest: owned(1, 9, 9, Alive), Vals: map[string]Value{"load": {"1", 9}}}
	take(t, a, old, Everything)
	require.Equal(t, tombstone, state(a)["b"])
	require.ErrorIs(t, a.Suspect("b"), ErrNotAllowed)
	exchange(t, a, c)
	require.Equal(t, tombstone, state(c)["b"], "it spreads, over what is alive")
	restarted(t, b)
	exchange(t, b, a)
	require.Equal(t, Entry{Digest: owned(2, 0, 0, Alive), Vals: map[string]Value{}}, state(a)["b"])
}

// TestRefutationRaisesIncarnation: a suspicion spreads until its owner learns of it. The
// refutation is final, also against the same suspicion that comes late.
func TestRefutationRaisesIncarnation(t *testing.T) {
	for _, declaredDead := range []bool{false, true} {
		a, b, c := started(t, "a"), started(t, "b"), started(t, "c")
		set(t, b, "load", "1")
		exchange(t, b, a)
		exchange(t, c, a)
		require.ErrorIs(t, b.Refute(), ErrNotAllowed, "it is not suspected")
		require.ErrorIs(t, a.DeclareDead("b"), ErrNotAllowed, "it is not suspected")
		require.NoError(t, a.Suspect("b"))
		require.ErrorIs(t, a.Suspect("b"), ErrNotAllowed)
		suspicion := Suspect
		if declaredDead {
			require.NoError(t, a.DeclareDead("b"))
			suspicion = Dead
		}
		exchange(t, c, a)
		require.Equal(t, owned(1, 1, 0, suspicion), c.DigestOf("b"))
		require.Equal(t, values(b, "b"), values(c, "b"), "its values are still good")
		late := answer(t, a, started(t, "d"))

		exchange(t, b, a)
		require.Equal(t, owned(1, 1, 0, suspicion), b.DigestOf("b"))
		require.NoError(t, b.Refute())
		require.Equal(t, owned(1, 1, 1, Alive), b.DigestOf("b"))
		exchange(t, b, a)
		exchange(t, c, a)
		for _, core := range []*Core{a, b, c} {
			late.To = core.Name()
			take(t, core, late, Everything)
			require.Equal(t, owned(1, 1, 1, Alive), core.DigestOf("b"), core.Name())
		}
		require.ErrorIs(t, b.Refute(), ErrNotAllowed)
		require.NoError(t, a.Suspect("b"), "again")
		require.Equal(t, owned(1, 1, 1, Suspect), a.DigestOf("b"))
	}
}

// TestANonContiguousDeltaBringsItsStatusOnly: its values make a hole. A contiguous delta
// with an older status brings its values only.
func TestANonContiguousDeltaBringsItsStatusOnly(t *testing.T) {
	a, b := started(t, "a"), started(t, "b")
	set(t, b, "load", "1")
	exchange(t, b, a)
	tell := func(m Digest, since uint32, vals map[string]Value) {
		take(t, a, wired(t, &Message{Kind: KindDelta, From: "c", To: "a", Entries: map[string]Delta{"b": {m, since, vals}}}), Everything)
	}
	tell(owned(1, 3, 2, Suspect), 2, map[string]Value{"load": {"3", 3}})
	require.Equal(t, owned(1, 1, 2, Suspect), a.DigestOf("b"))
	require.Equal(t, map[string]string{"load": "1"}, values(a, "b"))
	tell(owned(1, 2, 1, Dead), 1, map[string]Value{"load": {"2", 2}})
	require.Equal(t, owned(1, 2, 2, Suspect), a.DigestOf("b"))
	require.Equal(t, map[string]string{"load": "2"}, values(a, "b"))
}

// TestANodeWithFewerVersionsSendsItsSuspicion: it is ahead in the status, though behind
// in the values.
func TestANodeWithFewerVersionsSendsItsSuspicion(t *testing.T) {
	a, b, c := started(t, "a"), started(t, "b"), started(t, "c")
	set(t, b, "load", "1")
	exchange(t, b, a)
	exchange(t, c, a)
	require.NoError(t, a.Suspect("b"))
	set(t, b, "load", "2")
	c.known["b"] = &Entry{Digest: b.DigestOf("b"), Vals: state(b)["b"].Vals}
	exchange(t, c, a)
	for _, core := range []*Core{a, c} {
		require.Equal(t, owned(1, 2, 0, Suspect), core.DigestOf("b"), core.Name())
		require.Equal(t, values(b, "b"), values(core, "b"), core.Name())
	}
}

// TestASuspicionEndsWithItsGeneration: the next generation has nothing to refute.
func TestASuspicionEndsWithItsGeneration(t *testing.T) {
	b := started(t, "b")
	restarted(t, b)
	for _, gen := range []uint32{1, 3} {
		suspicion := Delta{Digest: owned(gen, 0, 5, Dead)}
		take(t, b, &Message{Kind: KindDelta, From: "a", To: "b", Entries: map[string]Delta{"b": suspicion}}, Everything)
		require.Equal(t, owned(2, 0, 0, Alive), b.DigestOf("b"))
		require.ErrorIs(t, b.Refute(), ErrNotAllowed)
	}
}

// TestAGoodbyeIsNotTruncated: a node that has a tombstone requests no more of that
// owner, so the tombstone has the last version.
func TestAGoodbyeIsNotTruncated(t *testing.T) {
	a, b := started(t, "a"), started(t, "b")
	set(t, a, "load", "1")
	exchange(t, b, a)
	set(t, a, "load", "2")
	require.NoError(t, a.Leave())
	_, err := a.Answer(digest(t, b, a), func(u *Updates) Truncation {
		require.Equal(t, []uint32{3}, u.CutPoints("a"))
		return Truncation{"a": 1}
	})
	require.ErrorIs(t, err, ErrNotAllowed)
	exchange(t, b, a)
	require.Equal(t, owned(1, 3, 0, Left), b.DigestOf("a"))
}

func TestOverridesAndIsBehind(t *testing.T) {
	none := Digest{}
	// Each is behind all that come later.
	order := []Digest{
		none,
		owned(1, 2, 0, Alive), owned(1, 2, 0, Suspect), owned(1, 2, 0, Dead), owned(1, 2, 1, Alive), owned(1, 2, 1, Dead), owned(1, 3, 1, Left),
		owned(2, 0, 0, Alive), owned(2, 1, 0, Alive), owned(2, 0, 0, Left), owned(3, 0, 0, Alive),
	}
	for i, a := range order {
		for j, b := range order {
			require.Equal(t, i < j, IsBehind(a, b), "%v %v", a, b)
		}
	}
	require.True(t, IsBehind(owned(1, 2, 0, Alive), owned(1, 1, 0, Suspect)), "an opinion")
	require.True(t, IsBehind(owned(1, 1, 0, Suspect), owned(1, 2, 0, Alive)), "and the other one a version")
	require.True(t, Overrides(owned(1, 0, 1, Alive), owned(1, 9, 0, Dead)))
	require.False(t, Overrides(owned(1, 0, 1, Alive), owned(1, 9, 1, Alive)))
	require.False(t, Overrides(owned(1, 9, 1, Alive), owned(1, 0, 1, Suspect)))
}

// TestStepsOutOfPlaceChangeNothing: each step is tried where it is not allowed.
func TestStepsOutOfPlaceChangeNothing(t *testing.T) {
	a, b := started(t, "a"), started(t, "b")
	set(t, b, "load", "1")
	exchange(t, b, a)
	set(t, b, "load", "2")
	request, delta := digest(t, a, b), answer(t, b, a)
	wants := answer(t, a, b) // the new version of b
	none := func(*Updates) Truncation { return nil }
	truncated := func(t Truncation) Budget { return func(*Updates) Truncation { return t } }
	try := func(c *Core, steps map[string]func() error) {
		before, gen := state(c), c.Generation()
		for name, step := range steps {
			require.ErrorIs(t, step(), ErrNotAllowed, name)
			require.Equal(t, before, state(c), name)
			require.Equal(t, gen, c.Generation(), name)
		}
	}
	message := func(step func(*Message, Budget) (*Message, error), m *Message, budget Budget) func() error {
		return func() error { _, err := step(m, budget); return err }
	}
	digests := func(c *Core, to string) func() error {
		return func() error { _, err := c.Digest(to, nil); return err }
	}
	down := NewCore(CoreConfig{Name: "b", Seeds: []string{"a"}, Generation: 7})
	try(down, map[string]func() error{
		"Update": func() error { return down.Update("k", "v") }, "Digest": digests(down, "a"),
		"Answer": message(down.Answer, request, Everything), "Merge": message(down.Merge, delta, Everything),
		"Refute": down.Refute, "Leave": down.Leave, "Crash": down.Crash,
		"Suspect": func() error { return down.Suspect("a") }, "DeclareDead": func() error { return down.DeclareDead("a") },
	})
	try(b, map[string]func() error{
		"Start": b.Start, "Digest to itself": digests(b, "b"), "Digest to a stranger": digests(b, "x"),
		"Answer a delta": message(b.Answer, &Message{Kind: KindDelta, From: "a", To: "b"}, Everything),
		"Merge a digest": message(b.Merge, request, Everything),
		"Answer for a":   message(b.Answer, wired(t, &Message{Kind: KindDigest, From: "b", To: "a", Whole: true}), Everything),
		"Merge for a":    message(b.Merge, delta, Everything),
		"Suspect itself": func() error { return b.Suspect("b") }, "Suspect a stranger": func() error { return b.Suspect("x") },
		"no cut":            message(b.Answer, request, none),
		"no owner at all":   message(b.Answer, request, truncated(Truncation{"b": Omit})),
		"another owner":     message(b.Answer, request, truncated(Truncation{"a": 0})),
		"no update":         message(b.Answer, request, truncated(Truncation{"b": 1})),
		"before the update": message(b.Answer, request, truncated(Truncation{"b": 0})),
		"from the future":   message(b.Answer, request, truncated(Truncation{"b": 3})),
		"less than to omit": message(b.Answer, request, truncated(Truncation{"b": Omit - 1})),
		"one too many":      message(b.Answer, request, truncated(Truncation{"b": 2, "a": Omit})),
	})
	require.NotEmpty(t, wants.Digests)
	try(b, map[string]func() error{"Merge without the requested owner": message(b.Merge, wants, none)})
	exchange(t, a, b)
	try(a, map[string]func() error{"Answer a node that knows all": message(a.Answer, digest(t, b, a), Everything)})
}

// TestACrashForgetsAllButTheGeneration: the generation survives.
func TestACrashForgetsAllButTheGeneration(t *testing.T) {
	a := started(t, "a")
	exchange(t, started(t, "b"), a)
	for generation := uint32(1); generation < 4; generation++ {
		require.Equal(t, generation, a.Generation())
		set(t, a, "load", "1")
		require.NoError(t, a.Crash())
		require.Empty(t, a.Owners())
		require.False(t, a.Up())
		require.Equal(t, generation, a.Generation())
		require.NoError(t, a.Start())
		require.Equal(t, map[string]Entry{"a": {Digest: owned(generation+1, 0, 0, Alive)}}, state(a))
	}
}

// TestExhaustedNumbersAreRejected: a number that no message can carry is never made.
func TestExhaustedNumbersAreRejected(t *testing.T) {
	a := started(t, "a")
	a.own().Ver = maxNumber - 2
	set(t, a, "load", "last")
	require.ErrorIs(t, a.Update("load", "one more"), ErrExhausted)
	a.own().Inc, a.own().Status = maxNumber, Dead
	require.ErrorIs(t, a.Refute(), ErrNotAllowed)
	require.NoError(t, a.Leave())
	b := started(t, "b")
	exchange(t, b, a)
	require.Equal(t, owned(1, maxNumber, maxNumber, Left), b.DigestOf("a"))
}
