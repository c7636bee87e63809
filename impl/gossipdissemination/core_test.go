package gossipdissemination

import (
	"fmt"
	"testing"

	fuzz "github.com/google/gofuzz"
	"github.com/stretchr/testify/require"
)

// TestOnlyTheOwnerMakesVersions passes values on, back and forth, along a line.
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
		require.Equal(t, owned(1, 2, 0, Alive), core.Mark("b"), core.Name())
		require.Equal(t, owned(1, 0, 0, Alive), core.Mark("c"), core.Name())
		require.Equal(t, map[string]Value{"load": {"2", 2}}, state(core)["b"].Vals, core.Name())
	}
}

// TestDeltasAreCutInTheOrderOfVersions sends many values in small messages, some
// of which are lost, while there are new ones: after each message, the receiver
// has all that is valid up to the version that it believes to have.
func TestDeltasAreCutInTheOrderOfVersions(t *testing.T) {
	for seed := range int64(20) {
		var updates []struct{ Key, Value, Lost uint8 }
		fuzz.NewWithSeed(seed).NilChance(0).NumElements(40, 60).Fuzz(&updates)
		a, b := started(t, "a"), started(t, "b")
		exchange(t, b, a)
		for _, u := range updates[:30] {
			set(t, b, fmt.Sprint("k", u.Key%25), fmt.Sprint(u.Value))
		}
		parts := 0
		for i := 0; a.Mark("b") != b.Mark("b"); i++ {
			if u := updates[30+i%10]; i < 10 {
				set(t, b, fmt.Sprint("k", u.Key%25), "later")
			}
			m := take(t, b, digest(t, a, b), Within(60))
			require.LessOrEqual(t, len(m.Encode(nil)), 60)
			if updates[i%30].Lost%4 == 0 {
				continue
			}
			parts++
			before := a.Mark("b").Ver
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

// TestALateDeltaMakesNoHole: it begins where its receiver once was, who has
// forgotten everything since.
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
	require.Equal(t, Mark{}, b.Mark("a"), "of a life that it does not know it takes nothing")

	first := func(n *News) Cut { return Cut{"a": 1} }
	take(t, b, take(t, a, digest(t, b, a), first), Everything)
	require.Equal(t, map[string]string{"one": "1"}, values(b, "a"))
	take(t, b, late, Everything)
	require.Equal(t, map[string]string{"one": "1"}, values(b, "a"), "the second is not there")
	require.EqualValues(t, 1, b.Mark("a").Ver)
	exchange(t, b, a)
	require.Equal(t, state(a)["a"], state(b)["a"])
}

// TestAHigherGenerationReplacesEverything, even if there is less of it.
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
	require.NoError(t, a.Bury("b"))
	restarted(t, b)
	set(t, b, "k4", "new")
	exchange(t, b, a)
	want := Entry{Mark: owned(2, 1, 0, Alive), Vals: map[string]Value{"k4": {"new", 1}}}
	require.Equal(t, want, state(a)["b"], "nor does what was thought of the old life count any more")
	exchange(t, c, a)
	require.Equal(t, want, state(c)["b"])
	for _, core := range []*Core{a, b, c} {
		old.To = core.Name()
		take(t, core, old, Everything)
		require.Equal(t, want, state(core)["b"], "old news come late to %s", core.Name())
	}
}

// TestOfItsOldLifeANodeTakesNothingBack: others remember more of it than there
// is of the new one.
func TestOfItsOldLifeANodeTakesNothingBack(t *testing.T) {
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
	want := Entry{Mark: owned(2, 1, 0, Alive), Vals: map[string]Value{"k0": {"new", 1}}}
	require.Equal(t, want, state(b)["b"])
	require.Equal(t, want, state(a)["b"])

	forged := wired(t, &Message{Kind: Deltas, From: "a", To: "b", Entries: map[string]Delta{
		"b": {Mark: owned(2, 7, 0, Alive), Vals: map[string]Value{"k1": {"forged", 7}}},
	}})
	take(t, b, forged, Everything)
	require.Equal(t, want, state(b)["b"], "of the present life neither")
}

// TestMergingIsAJoin lets all that an owner has ever said of one life arrive in
// any order, with repetitions: what is known only grows, is at each time what
// the owner once had, and is the last of it in the end.
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
				m := &Message{Kind: Deltas, From: "b", To: "a"}
				m.Entries = map[string]Delta{"b": delta(owner.own(), owned(1, at, 0, Alive), uint32(i+1))}
				said = append(said, wired(t, m))
			}
		}
		for _, r := range random[24:] {
			before := a.Mark("b")
			take(t, a, said[int(r)%len(said)], Everything)
			after := a.Mark("b")
			require.GreaterOrEqual(t, after.Ver, before.Ver, "seed %d", seed)
			require.Equal(t, history[after.Ver], state(a)["b"].Vals, "seed %d, version %d", seed, after.Ver)
			take(t, a, said[int(r)%len(said)], Everything)
			require.Equal(t, after, a.Mark("b"), "seed %d: a second time", seed)
		}
		for _, m := range said {
			take(t, a, m, Everything)
		}
		require.Equal(t, state(owner)["b"], state(a)["b"], "seed %d", seed)
	}
}

// TestMergingKeepsWhatTheMessageDoesNotSpeakOf: other owners, and other keys.
func TestMergingKeepsWhatTheMessageDoesNotSpeakOf(t *testing.T) {
	a, b, c := started(t, "a"), started(t, "b"), started(t, "c")
	set(t, b, "address", "b:1")
	set(t, b, "load", "1")
	exchange(t, b, a)
	exchange(t, c, a)
	set(t, b, "load", "2")
	news := answer(t, b, a)
	require.Equal(t, map[string]Value{"load": {"2", 3}}, news.Entries["b"].Vals, "only what has changed")
	take(t, a, news, Everything)
	require.Equal(t, []string{"a", "b", "c"}, a.Owners())
	require.Equal(t, map[string]string{"address": "b:1", "load": "2"}, values(a, "b"))
}

// TestBothHalves: with three messages each of two nodes has what the other had.
func TestBothHalves(t *testing.T) {
	a, b := started(t, "a"), started(t, "b")
	set(t, a, "load", "1")
	set(t, b, "load", "2")
	asks := digest(t, b, a)
	tells := take(t, a, asks, Everything)
	require.Equal(t, []string{"a"}, sorted(tells.Entries), "what b lacks")
	require.Equal(t, map[string]Mark{"b": {}}, tells.Marks, "what a wants")
	rest := take(t, b, tells, Everything)
	require.Equal(t, state(a)["a"], state(b)["a"])
	require.Empty(t, rest.Marks)
	require.Nil(t, take(t, a, rest, Everything))
	require.Equal(t, state(a), state(b))
	require.Equal(t, 1, exchange(t, a, b), "there is nothing left to say")

	set(t, a, "load", "3")
	require.Equal(t, 2, exchange(t, b, a), "pulled")
	set(t, a, "load", "4")
	require.Equal(t, 3, exchange(t, a, b), "pushed")
	require.Equal(t, state(a), state(b))
}

// TestADigestOfAFewAsksForNobodyElse: only one about everybody lacks who is not
// in it.
func TestADigestOfAFewAsksForNobodyElse(t *testing.T) {
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

// TestWhatWasAskedForIsAsOfNow: the answer to a want has also what came with the
// message that wanted it.
func TestWhatWasAskedForIsAsOfNow(t *testing.T) {
	a, b, c := started(t, "a"), started(t, "b"), started(t, "c")
	set(t, c, "load", "1")
	exchange(t, c, a)
	m := answer(t, a, b)
	require.Contains(t, m.Entries, "c")
	m.Marks["c"] = Mark{} // it has forgotten it again
	rest := take(t, b, m, Everything)
	require.Equal(t, map[string]Value{"load": {"1", 1}}, rest.Entries["c"].Vals)
}

// TestNothingIsShared changes all that was handed out or in, and looks again.
func TestNothingIsShared(t *testing.T) {
	seeds := []string{"a"}
	b := NewCore(CoreConfig{Name: "b", Seeds: seeds})
	require.NoError(t, b.Start())
	seeds[0] = "x"
	require.True(t, b.MayContact("a"))
	a := started(t, "a")
	set(t, a, "load", "1")
	set(t, b, "load", "1")

	asks, err := b.Digest("a", nil)
	require.NoError(t, err)
	tells, err := a.Answer(asks, Everything)
	require.NoError(t, err)
	rest, err := b.Merge(tells, Everything)
	require.NoError(t, err)
	_, err = a.Merge(rest, Everything)
	require.NoError(t, err)
	for _, core := range []*Core{a, b} { // also of what it was told, which another has
		want := state(core)
		for _, m := range []*Message{asks, tells, rest} {
			for _, d := range m.Entries {
				d.Vals["load"] = Value{"spoilt", 9}
				d.Vals["more"] = Value{"spoilt", 9}
			}
			for owner := range m.Marks {
				m.Marks[owner] = owned(9, 9, 9, Left)
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

// TestAMessageDoesNotChangeWithItsSender: whole entries and parts of them.
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
	doubt := Delta{Mark: owned(1, 0, 0, Suspect)}
	take(t, a, &Message{Kind: Deltas, From: "b", To: "a", Entries: map[string]Delta{"a": doubt}}, Everything)
	require.NoError(t, a.Refute())
	require.NoError(t, a.Leave())
	for i, m := range messages {
		require.Equal(t, before[i], string(m.Encode(nil)))
	}
}

// TestAStoneRemains of who has left: old news do not revive it, a new life does.
func TestAStoneRemains(t *testing.T) {
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
	stone := Entry{Mark: owned(1, 2, 0, Left)}
	require.Equal(t, stone, state(b)["b"])
	require.Equal(t, stone, state(a)["b"])
	old.To = "a"
	take(t, a, old, Everything)
	old.Entries["b"] = Delta{Mark: owned(1, 9, 9, Alive), Vals: map[string]Value{"load": {"1", 9}}}
	take(t, a, old, Everything)
	require.Equal(t, stone, state(a)["b"])
	require.ErrorIs(t, a.Suspect("b"), ErrNotAllowed)
	exchange(t, a, c)
	require.Equal(t, stone, state(c)["b"], "it spreads, over what is alive")
	restarted(t, b)
	exchange(t, b, a)
	require.Equal(t, Entry{Mark: owned(2, 0, 0, Alive), Vals: map[string]Value{}}, state(a)["b"])
}

// TestSuspicionAndRefutation: bad news spread until the owner hears of them; its
// word is the last, also against the same bad news when they come late.
func TestSuspicionAndRefutation(t *testing.T) {
	for _, buried := range []bool{false, true} {
		a, b, c := started(t, "a"), started(t, "b"), started(t, "c")
		set(t, b, "load", "1")
		exchange(t, b, a)
		exchange(t, c, a)
		require.ErrorIs(t, b.Refute(), ErrNotAllowed, "nobody has doubted it")
		require.ErrorIs(t, a.Bury("b"), ErrNotAllowed, "nobody suspects it")
		require.NoError(t, a.Suspect("b"))
		require.ErrorIs(t, a.Suspect("b"), ErrNotAllowed)
		doubt := Suspect
		if buried {
			require.NoError(t, a.Bury("b"))
			doubt = Dead
		}
		exchange(t, c, a)
		require.Equal(t, owned(1, 1, 0, doubt), c.Mark("b"))
		require.Equal(t, values(b, "b"), values(c, "b"), "its values are still good")
		late := answer(t, a, started(t, "d"))

		exchange(t, b, a)
		require.Equal(t, owned(1, 1, 0, doubt), b.Mark("b"))
		require.NoError(t, b.Refute())
		require.Equal(t, owned(1, 1, 1, Alive), b.Mark("b"))
		exchange(t, b, a)
		exchange(t, c, a)
		for _, core := range []*Core{a, b, c} {
			late.To = core.Name()
			take(t, core, late, Everything)
			require.Equal(t, owned(1, 1, 1, Alive), core.Mark("b"), core.Name())
		}
		require.ErrorIs(t, b.Refute(), ErrNotAllowed)
		require.NoError(t, a.Suspect("b"), "again")
		require.Equal(t, owned(1, 1, 1, Suspect), a.Mark("b"))
	}
}

// TestAnOpinionComesWithoutValues: of a delta that begins too late, the opinion
// counts all the same; and one that brings values brings no older opinion.
func TestAnOpinionComesWithoutValues(t *testing.T) {
	a, b := started(t, "a"), started(t, "b")
	set(t, b, "load", "1")
	exchange(t, b, a)
	tell := func(m Mark, since uint32, vals map[string]Value) {
		take(t, a, wired(t, &Message{Kind: Deltas, From: "c", To: "a", Entries: map[string]Delta{"b": {m, since, vals}}}), Everything)
	}
	tell(owned(1, 3, 2, Suspect), 2, map[string]Value{"load": {"3", 3}})
	require.Equal(t, owned(1, 1, 2, Suspect), a.Mark("b"))
	require.Equal(t, map[string]string{"load": "1"}, values(a, "b"))
	tell(owned(1, 2, 1, Dead), 1, map[string]Value{"load": {"2", 2}})
	require.Equal(t, owned(1, 2, 2, Suspect), a.Mark("b"))
	require.Equal(t, map[string]string{"load": "2"}, values(a, "b"))
}

// TestOfFewerVersionsAnOpinionIsTold: who knows less of an owner's values may know
// more of what is thought of it.
func TestOfFewerVersionsAnOpinionIsTold(t *testing.T) {
	a, b, c := started(t, "a"), started(t, "b"), started(t, "c")
	set(t, b, "load", "1")
	exchange(t, b, a)
	exchange(t, c, a)
	require.NoError(t, a.Suspect("b"))
	set(t, b, "load", "2")
	c.known["b"] = &Entry{Mark: b.Mark("b"), Vals: state(b)["b"].Vals}
	exchange(t, c, a)
	for _, core := range []*Core{a, c} {
		require.Equal(t, owned(1, 2, 0, Suspect), core.Mark("b"), core.Name())
		require.Equal(t, values(b, "b"), values(core, "b"), core.Name())
	}
}

// TestDoubtsOfTheOldLifeAreNoneOfTheNew: there is nothing to refute.
func TestDoubtsOfTheOldLifeAreNoneOfTheNew(t *testing.T) {
	b := started(t, "b")
	restarted(t, b)
	for _, gen := range []uint32{1, 3} {
		doubt := Delta{Mark: owned(gen, 0, 5, Dead)}
		take(t, b, &Message{Kind: Deltas, From: "a", To: "b", Entries: map[string]Delta{"b": doubt}}, Everything)
		require.Equal(t, owned(2, 0, 0, Alive), b.Mark("b"))
		require.ErrorIs(t, b.Refute(), ErrNotAllowed)
	}
}

// TestAGoodbyeIsNotCut: who has heard it asks no more, so it must be the last.
func TestAGoodbyeIsNotCut(t *testing.T) {
	a, b := started(t, "a"), started(t, "b")
	set(t, a, "load", "1")
	exchange(t, b, a)
	set(t, a, "load", "2")
	require.NoError(t, a.Leave())
	_, err := a.Answer(digest(t, b, a), func(n *News) Cut {
		require.Equal(t, []uint32{3}, n.Stops("a"))
		return Cut{"a": 1}
	})
	require.ErrorIs(t, err, ErrNotAllowed)
	exchange(t, b, a)
	require.Equal(t, owned(1, 3, 0, Left), b.Mark("a"))
}

func TestOutweighsAndLacks(t *testing.T) {
	none := Mark{}
	// Each lacks something of all that come later.
	order := []Mark{
		none,
		owned(1, 2, 0, Alive), owned(1, 2, 0, Suspect), owned(1, 2, 0, Dead), owned(1, 2, 1, Alive), owned(1, 2, 1, Dead), owned(1, 3, 1, Left),
		owned(2, 0, 0, Alive), owned(2, 1, 0, Alive), owned(2, 0, 0, Left), owned(3, 0, 0, Alive),
	}
	for i, a := range order {
		for j, b := range order {
			require.Equal(t, i < j, Lacks(a, b), "%v %v", a, b)
		}
	}
	require.True(t, Lacks(owned(1, 2, 0, Alive), owned(1, 1, 0, Suspect)), "an opinion")
	require.True(t, Lacks(owned(1, 1, 0, Suspect), owned(1, 2, 0, Alive)), "and the other one a version")
	require.True(t, Outweighs(owned(1, 0, 1, Alive), owned(1, 9, 0, Dead)))
	require.False(t, Outweighs(owned(1, 0, 1, Alive), owned(1, 9, 1, Alive)))
	require.False(t, Outweighs(owned(1, 9, 1, Alive), owned(1, 0, 1, Suspect)))
}

// TestStepsOutOfPlaceChangeNothing tries each step where it is not allowed.
func TestStepsOutOfPlaceChangeNothing(t *testing.T) {
	a, b := started(t, "a"), started(t, "b")
	set(t, b, "load", "1")
	exchange(t, b, a)
	set(t, b, "load", "2")
	asks, tells := digest(t, a, b), answer(t, b, a)
	wants := answer(t, a, b) // of b, what there is since
	none := func(*News) Cut { return nil }
	cuts := func(cut Cut) Fit { return func(*News) Cut { return cut } }
	try := func(c *Core, steps map[string]func() error) {
		before, gen := state(c), c.Generation()
		for name, step := range steps {
			require.ErrorIs(t, step(), ErrNotAllowed, name)
			require.Equal(t, before, state(c), name)
			require.Equal(t, gen, c.Generation(), name)
		}
	}
	message := func(step func(*Message, Fit) (*Message, error), m *Message, fit Fit) func() error {
		return func() error { _, err := step(m, fit); return err }
	}
	digests := func(c *Core, to string) func() error {
		return func() error { _, err := c.Digest(to, nil); return err }
	}
	down := NewCore(CoreConfig{Name: "b", Seeds: []string{"a"}, Generation: 7})
	try(down, map[string]func() error{
		"Update": func() error { return down.Update("k", "v") }, "Digest": digests(down, "a"),
		"Answer": message(down.Answer, asks, Everything), "Merge": message(down.Merge, tells, Everything),
		"Refute": down.Refute, "Leave": down.Leave, "Crash": down.Crash,
		"Suspect": func() error { return down.Suspect("a") }, "Bury": func() error { return down.Bury("a") },
	})
	try(b, map[string]func() error{
		"Start": b.Start, "Digest to itself": digests(b, "b"), "Digest to a stranger": digests(b, "x"),
		"Answer a delta": message(b.Answer, &Message{Kind: Deltas, From: "a", To: "b"}, Everything),
		"Merge a digest": message(b.Merge, asks, Everything),
		"Answer for a":   message(b.Answer, wired(t, &Message{Kind: Digests, From: "b", To: "a", Whole: true}), Everything),
		"Merge for a":    message(b.Merge, tells, Everything),
		"Suspect itself": func() error { return b.Suspect("b") }, "Suspect a stranger": func() error { return b.Suspect("x") },
		"no cut":            message(b.Answer, asks, none),
		"nothing told":      message(b.Answer, asks, cuts(Cut{"b": Omit})),
		"somebody else":     message(b.Answer, asks, cuts(Cut{"a": 0})),
		"no news":           message(b.Answer, asks, cuts(Cut{"b": 1})),
		"before the news":   message(b.Answer, asks, cuts(Cut{"b": 0})),
		"from the future":   message(b.Answer, asks, cuts(Cut{"b": 3})),
		"less than to omit": message(b.Answer, asks, cuts(Cut{"b": Omit - 1})),
		"one too many":      message(b.Answer, asks, cuts(Cut{"b": 2, "a": Omit})),
	})
	require.NotEmpty(t, wants.Marks)
	try(b, map[string]func() error{"Merge, what is asked for not told": message(b.Merge, wants, none)})
	exchange(t, a, b)
	try(a, map[string]func() error{"Answer who knows all": message(a.Answer, digest(t, b, a), Everything)})
}

// TestALifeEnds: all is forgotten but its number.
func TestALifeEnds(t *testing.T) {
	a := started(t, "a")
	exchange(t, started(t, "b"), a)
	for life := uint32(1); life < 4; life++ {
		require.Equal(t, life, a.Generation())
		set(t, a, "load", "1")
		require.NoError(t, a.Crash())
		require.Empty(t, a.Owners())
		require.False(t, a.Up())
		require.Equal(t, life, a.Generation())
		require.NoError(t, a.Start())
		require.Equal(t, map[string]Entry{"a": {Mark: owned(life+1, 0, 0, Alive)}}, state(a))
	}
}

// TestNumbersEnd: what cannot be sent is not begun.
func TestNumbersEnd(t *testing.T) {
	a := started(t, "a")
	a.own().Ver = maxNumber - 2
	set(t, a, "load", "last")
	require.ErrorIs(t, a.Update("load", "one more"), ErrExhausted)
	a.own().Inc, a.own().Status = maxNumber, Dead
	require.ErrorIs(t, a.Refute(), ErrNotAllowed)
	require.NoError(t, a.Leave())
	b := started(t, "b")
	exchange(t, b, a)
	require.Equal(t, owned(1, maxNumber, maxNumber, Left), b.Mark("a"))
}
