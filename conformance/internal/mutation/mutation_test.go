package mutation_test

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance"
	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/explore"
	"github.com/lockstep-tla/lockstep/conformance/internal/mutation"
	"github.com/lockstep-tla/lockstep/conformance/internal/run"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
	"github.com/lockstep-tla/lockstep/conformance/internal/store"
	"github.com/lockstep-tla/lockstep/conformance/testdata/buffer"
	"github.com/lockstep-tla/lockstep/trace"
)

func TestMain(m *testing.M) {
	conformance.Reexec(&buffer.Pattern)
	m.Run()
}

// subject is the buffer, whose spec has a guard that makes no difference.
func subject(t *testing.T) mutation.Subject {
	t.Helper()
	files := fstest.MapFS{}
	require.NoError(t, fs.WalkDir(buffer.Pattern.Spec, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := fs.ReadFile(buffer.Pattern.Spec, path)
		files[path] = &fstest.MapFile{Data: content}
		return err
	}))
	source := string(files["Buffer.tla"].Data)
	changed := strings.Replace(source, `Put(item) == HasRoom /\ `, `Put(item) == HasRoom /\ item \in Item /\ `, 1)
	require.NotEqual(t, source, changed)
	files["Buffer.tla"] = &fstest.MapFile{Data: []byte(changed)}
	return mutation.Subject{
		Name: "buffer", Spec: files, Package: buffer.Pattern.Package, Main: buffer.Pattern.Package + "/cmd",
		System: func(rec *trace.Recorder) (explore.System, error) { return buffer.Pattern.System(rec) },
		Record: func(ctx context.Context, dir string) ([]string, error) { return buffer.Pattern.Record(ctx, dir, false) },
	}
}

// became says of each mutant what became of it: by its kind, its place and what
// the change takes away or puts in.
func became(r *mutation.Report) map[string]mutation.Stage {
	all := map[string]mutation.Stage{}
	for _, m := range r.Mutants {
		_, change, _ := strings.Cut(m.Diff, "\n")
		lines := strings.Split(strings.TrimSpace(change), "\n")
		key := fmt.Sprintf("%s %s: %s", m.Kind, m.Place, strings.Join(strings.Fields(lines[len(lines)-1]), " "))
		all[key] = m.Noticed
	}
	return all
}

func TestASpecMutantIsNoticedByTheFirstStageThatCan(t *testing.T) {
	r, err := mutation.Run(t.Context(), checktest.Runner(t), subject(t), mutation.Options{Side: mutation.Spec})
	require.NoError(t, err)
	require.Equal(t, map[string]mutation.Stage{
		`leave-out Put: +Put(item) == TRUE /\ item \in Item /\ buffer' = Append(buffer, item)`:             mutation.ByProperty,
		`leave-out Put: +Put(item) == HasRoom /\ TRUE /\ buffer' = Append(buffer, item)`:                   mutation.Survived,
		`stays Put: +Put(item) == HasRoom /\ item \in Item /\ buffer' = buffer`:                            mutation.ByReplay,
		`shift-bound HasRoom: +HasRoom == Len(buffer) <= Capacity`:                                         mutation.ByProperty,
		`leave-out Get: +Get(item) == TRUE /\ item = Head(buffer) /\ buffer' = Tail(buffer)`:               mutation.ByProperty,
		`shift-bound Get: +Get(item) == Len(buffer) >= 0 /\ item = Head(buffer) /\ buffer' = Tail(buffer)`: mutation.ByProperty,
		`leave-out Get: +Get(item) == Len(buffer) > 0 /\ TRUE /\ buffer' = Tail(buffer)`:                   mutation.ByExplore,
		`equality Get: +Get(item) == Len(buffer) > 0 /\ item # Head(buffer) /\ buffer' = Tail(buffer)`:     mutation.ByReplay,
		`stays Get: +Get(item) == Len(buffer) > 0 /\ item = Head(buffer) /\ buffer' = buffer`:              mutation.ByReplay,
	}, became(r))
	require.Equal(t, 9, r.Made[mutation.Spec])
	survivors := r.Survivors()
	require.Len(t, survivors, 1)
	require.Contains(t, survivors[0].Diff, "Buffer.tla:18\n-Put(item) == HasRoom")
}

func TestACodeMutantIsNoticedByTheFirstStageThatCan(t *testing.T) {
	s := subject(t)
	s.Spec = buffer.Pattern.Spec
	r, err := mutation.Run(t.Context(), checktest.Runner(t), s, mutation.Options{Side: mutation.Code})
	require.NoError(t, err)
	got := became(r)
	for change, want := range map[string]mutation.Stage{
		"shift-bound Buffer.HasRoom: +func (b *Buffer) HasRoom() bool { return len(b.items) <= 2 }": mutation.ByReplay,
		"leave-out Buffer.Put: - b.items = append(b.items, item)":                                   mutation.ByReplay,
		"leave-out Buffer.Do: - }":        mutation.ByExplore,
		"leave-out child: - b.Put(\"x\")": mutation.ByRun,
		"return-early Buffer.Room: +func (b *Buffer) Room() int { var lockstepZero0 int; return lockstepZero0; return 2 - len(b.items) }": mutation.ByTests,
		"return-early Buffer.Close: +func (b *Buffer) Close() error { var lockstepZero0 error; return lockstepZero0; return nil }":        mutation.Survived,
	} {
		require.Equal(t, want, got[change], "%s", change)
	}
	require.Len(t, r.Of(mutation.Code, "core"), len(r.Mutants), "Explore drives more than half of the functions of the only file")
}

func TestEquivalentMutantsAreLeftOutAndMustExist(t *testing.T) {
	s := subject(t)
	runner := checktest.Runner(t)
	one := mutation.Options{Side: mutation.Spec, N: 1}
	r, err := mutation.Run(t.Context(), runner, s, one)
	require.NoError(t, err)
	require.Len(t, r.Mutants, 1)
	first := r.Mutants[0].ID
	s.Equivalent = []mutation.Equivalent{{ID: first, Reason: "for the test"}}
	r, err = mutation.Run(t.Context(), runner, s, one)
	require.NoError(t, err)
	require.NotEqual(t, first, r.Mutants[0].ID)
	require.Equal(t, 1, r.Equivalent[mutation.Spec])
	require.Equal(t, 8, r.Made[mutation.Spec])

	s.Equivalent = []mutation.Equivalent{{ID: "spec:leave-out:Put:00000000", Reason: "there is none"}}
	_, err = mutation.Run(t.Context(), runner, s, one)
	require.ErrorIs(t, err, spec.ErrInput)
	require.ErrorContains(t, err, "spec:leave-out:Put:00000000")
}

// Its own model notices a fault in an abstract spec, or that of the spec that refines it.
func TestAnAbstractSpecIsMutatedByItself(t *testing.T) {
	s := subject(t)
	files := s.Spec.(fstest.MapFS)
	files["Count.tla"] = &fstest.MapFile{Data: []byte(`---- MODULE Count ----
EXTENDS Integers
VARIABLE n
Init == n = 0
Next ==
  \/ n < 3 /\ n' = n + 1
  \/ n > 0 /\ n' = n - 1
Spec == Init /\ [][Next]_n
IsNumber == n \in 0 .. 4
====
`)}
	files["Count.cfg"] = &fstest.MapFile{Data: []byte("\\* expect: ok, 4 distinct states, depth 4\nSPECIFICATION Spec\nINVARIANT IsNumber\n")}
	files["Buffer.tla"].Data = []byte(strings.Replace(string(files["Buffer.tla"].Data), "\n====",
		"\nCount == INSTANCE Count WITH n <- Len(buffer)\nRefinesCount == Count!Spec\n====", 1))
	files["Buffer.cfg"].Data = append(slices.Clone(files["Buffer.cfg"].Data), "PROPERTY RefinesCount\n"...)
	runner := checktest.Runner(t)
	r, err := mutation.Run(t.Context(), runner, s, mutation.Options{Model: "Count"})
	require.NoError(t, err)
	by := map[string]string{}
	for _, m := range r.Mutants {
		by[m.Diff[strings.LastIndex(m.Diff, "+  \\/ ")+6:]] = m.By
	}
	require.Equal(t, "IsNumber", by["TRUE /\\ n' = n + 1\n"])
	require.Equal(t, "RefinesCount", by["n > 0 /\\ n' = n\n"])
	survives := "n <= 3 /\\ n' = n + 1\n"
	require.Contains(t, by, survives)
	require.Empty(t, by[survives])
	require.Equal(t, map[mutation.Side]int{mutation.Spec: len(r.Mutants)}, r.Made)

	survivor := r.Survivors()[0].ID
	again, err := mutation.Run(t.Context(), runner, s, mutation.Options{ID: survivor})
	require.NoError(t, err)
	require.Equal(t, r.Survivors()[:1], again.Mutants)
	s.Equivalent = []mutation.Equivalent{{ID: survivor, Reason: "for the test"}}
	r, err = mutation.Run(t.Context(), runner, s, mutation.Options{Model: "Count", N: 1})
	require.NoError(t, err)
	require.Equal(t, 1, r.Equivalent[mutation.Spec])
	_, err = mutation.Run(t.Context(), runner, s, mutation.Options{Model: "Buffer"})
	require.ErrorIs(t, err, spec.ErrInput)
	require.ErrorContains(t, err, `no abstract spec "Buffer"; there is Count`)
}

func TestOneMutantCanBeTriedAgain(t *testing.T) {
	s := subject(t)
	runner := checktest.Runner(t)
	r, err := mutation.Run(t.Context(), runner, s, mutation.Options{Side: mutation.Spec, N: 1, Seed: 3})
	require.NoError(t, err)
	again, err := mutation.Run(t.Context(), runner, s, mutation.Options{ID: r.Mutants[0].ID})
	require.NoError(t, err)
	require.Equal(t, r.Mutants, again.Mutants)
	for _, id := range []string{"spec:nothing", "nothing"} {
		_, err = mutation.Run(t.Context(), runner, s, mutation.Options{ID: id})
		require.ErrorIs(t, err, spec.ErrInput)
	}
}

// TestTheTimeOfTheSpecIsMeasuredAndNotReadFromTheStore: the limit of each mutant's run
// follows from it, and a run that the store has kept takes no time.
func TestTheTimeOfTheSpecIsMeasuredAndNotReadFromTheStore(t *testing.T) {
	runner := checktest.Runner(t)
	runner.TLC.Store = store.Open(t.TempDir())
	for _, kept := range []string{"0", "1"} { // that of the mutant
		runner.Stats = &run.Stats{}
		_, err := mutation.Run(t.Context(), runner, subject(t), mutation.Options{Side: mutation.Spec, N: 1})
		require.NoError(t, err)
		require.Regexp(t, `model +2 +`+kept+" ", runner.Stats.String())
	}
}
