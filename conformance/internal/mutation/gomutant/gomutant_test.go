package gomutant

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const testPackage = "github.com/lockstep-tla/lockstep/conformance/testdata/mutants"

func found(t *testing.T) *Package {
	t.Helper()
	l, err := Load(context.Background(), testPackage)
	require.NoError(t, err)
	p, err := Find(l)
	require.NoError(t, err)
	return p
}

func TestEachOperatorMakesItsMutants(t *testing.T) {
	var got []string
	for _, m := range found(t).Mutants {
		if m.Function == "Account.Pay" || m.Function == "Account.PayTwice" || m.Function == "Account.Rich" || m.Function == "Account.Next" {
			got = append(got, fmt.Sprintf("%s %s: %s => %s", m.Function, m.Kind, strings.Join(strings.Fields(m.Before), " "), strings.TrimSpace(m.After)))
		}
	}
	zero := "var lockstepZero0 error; return lockstepZero0;"
	require.ElementsMatch(t, []string{
		"Account.Pay return-early:  => " + zero,
		"Account.Pay leave-out: if a.coins+n > 3 { return ErrFull } => ",
		"Account.Pay negate: a.coins+n > 3 => !(a.coins+n > 3)",
		"Account.Pay shift-bound: a.coins+n > 3 => a.coins+n >= 3",
		"Account.Pay shift-bound: a.coins+n > 3 => a.coins+n > 3+1",
		"Account.Pay ignore-error: return ErrFull => return nil",
		"Account.Pay leave-out: a.coins += n => ",
		`Account.Pay leave-out: a.note("paid", "in") => `,
		`Account.Pay swap-arguments: "paid", "in" => "in", "paid"`,
		"Account.PayTwice return-early:  => " + zero,
		"Account.PayTwice leave-out: if err := a.Pay(n); err != nil { return err } => ",
		"Account.PayTwice ignore-error: err != nil => false",
		"Account.PayTwice ignore-error: return err => return nil",
		"Account.Rich return-early:  => var lockstepZero0 bool; return lockstepZero0;",
		"Account.Rich negate: a.coins > 1 => !(a.coins > 1)",
		"Account.Rich shift-bound: a.coins > 1 => a.coins >= 1",
		"Account.Rich shift-bound: a.coins > 1 => a.coins > 1+1",
		"Account.Rich negate: len(a.log) > 0 => !(len(a.log) > 0)",
		"Account.Rich shift-bound: len(a.log) > 0 => len(a.log) >= 0",
		"Account.Rich shift-bound: len(a.log) > 0 => len(a.log) > 0+1",
		"Account.Next return-early:  => var lockstepZero0 int; return lockstepZero0;",
		"Account.Next shift-bound: a.coins + 1 => a.coins",
	}, got)
}

func TestRecordingIsNoPlaceForAMutant(t *testing.T) {
	for _, m := range found(t).Mutants {
		require.NotEqual(t, "Account.View", m.Function)
		require.NotContains(t, m.Before, `a.rec.Step`, "%s", m.ID)
	}
}

func TestAMutantKeepsItsIDWhenLinesMove(t *testing.T) {
	l, err := Load(context.Background(), testPackage)
	require.NoError(t, err)
	moved := string(l.sources["mutants.go"])
	moved = strings.Replace(moved, "// Account holds", "\n\n// Account holds", 1)
	ids := func() (ids []string) {
		l.files, l.types, l.info, err = l.check(l.sources)
		require.NoError(t, err)
		p, err := Find(l)
		require.NoError(t, err)
		for _, m := range p.Mutants {
			ids = append(ids, m.ID)
		}
		return ids
	}
	before := ids()
	l.sources["mutants.go"] = []byte(moved)
	require.Equal(t, before, ids())
	require.Len(t, unique(before), len(before), "each has an ID of its own")
}

func unique(list []string) map[string]bool {
	m := map[string]bool{}
	for _, s := range list {
		m[s] = true
	}
	return m
}

func TestMutatedIsTheSourceWithTheChange(t *testing.T) {
	p := found(t)
	for _, m := range p.Mutants {
		before, after := p.Source(m.File), p.Mutated(m)
		require.Equal(t, len(before)-len(m.Before)+len(m.After), len(after))
		require.NotEqual(t, before, after, "%s", m.ID)
	}
}

// build makes the test program with all mutants in it.
func build(t *testing.T, p *Package) string {
	t.Helper()
	dir := t.TempDir()
	replace := map[string]string{}
	for name, content := range p.Files() {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, content, 0o600))
		replace[filepath.Join(p.Dir, name)] = file
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	overlay := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(overlay, list, 0o600))
	program := filepath.Join(dir, "program")
	out, err := exec.Command("go", "build", "-overlay", overlay, "-o", program, testPackage+"/cmd").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return program
}

func TestOneBuildIsEachOfTheMutants(t *testing.T) {
	p := found(t)
	program := build(t, p)
	run := func(number int) string {
		cmd := exec.Command(program)
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", ActiveEnv, number))
		out, _ := cmd.CombinedOutput()
		return strings.TrimSpace(string(out))
	}
	const honest = "<nil> full true 4 [paid in paid in]"
	require.Equal(t, honest, run(0))
	says := map[string]string{
		"leave-out Account.Pay a.coins += n":          "<nil> <nil> false 1 [paid in paid in paid in]",
		"ignore-error Account.Pay return ErrFull":     "<nil> <nil> true 4 [paid in paid in]",
		"ignore-error Account.PayTwice return err":    honest, // it makes no difference here
		"swap-arguments Account.Pay \"paid\", \"in\"": "<nil> full true 4 [in paid in paid]",
		"shift-bound Account.Next a.coins + 1":        "<nil> full true 3 [paid in paid in]",
		"return-early Account.Rich ":                  "<nil> full false 4 [paid in paid in]",
		"!(a.coins+n > 3)":                            "full full false 1 []",
		"a.coins+n >= 3":                              "<nil> full false 2 [paid in]",
		"a.coins+n > 3+1":                             "<nil> full true 4 [paid in paid in]",
		"!(len(a.log) > 0)":                           "<nil> full false 4 [paid in paid in]",
	}
	seen := 0
	for _, m := range p.Mutants {
		want, ok := says[fmt.Sprintf("%s %s %s", m.Kind, m.Function, m.Before)]
		if !ok {
			want, ok = says[m.After]
		}
		if ok {
			seen++
			require.Equal(t, want, run(m.Number), "%s", m.ID)
		}
	}
	require.Equal(t, len(says), seen)
}

func TestAProcessSaysWhichMutantsItComesBy(t *testing.T) {
	p := found(t)
	program := build(t, p)
	file := filepath.Join(t.TempDir(), "reached")
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), ReachedEnv+"="+file)
	require.NoError(t, cmd.Run())
	reached, err := Reached(file)
	require.NoError(t, err)
	for _, m := range p.Mutants {
		// The story's first payments are made, and only the last is refused.
		require.True(t, reached[m.Number] || m.Before == "return err", "%s %s", m.ID, m.Before)
	}
}
