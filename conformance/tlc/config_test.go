package tlc

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const everything = `\* expect: ok, 288 distinct states, depth 11
(* a model (* with a comment in a comment *) *)
CONSTANTS
  Node = {n1, n2}   \* two are enough
  Nil = Nil
  Max = 3 Text = "a \"b\" \* c"
  Cost(1, n1) = 7
  Sets = {{1}, {}}
  MayAcknowledge <- Always
  Seq <- [Sequences]BoundedSeq
CONSTANT On = TRUE
SPECIFICATION Spec
INVARIANT TypeOK
INVARIANTS A B
PROPERTY Refines Abs!Live
CONSTRAINT Bound
ACTION_CONSTRAINTS Slow
SYMMETRY Permutations
VIEW view
ALIAS Alias
POSTCONDITION Post
CHECK_DEADLOCK FALSE
`

func TestParseConfig(t *testing.T) {
	c, err := ParseConfig(everything)
	require.NoError(t, err)
	require.Equal(t, &Config{
		Expect: &Expect{Distinct: 288, Depth: 11},
		Constants: []Constant{
			{Name: "Node", Value: "{n1, n2}"}, {Name: "Nil", Value: "Nil"}, {Name: "Max", Value: "3"},
			{Name: "Text", Value: `"a \"b\" \* c"`}, {Name: "Cost(1, n1)", Value: "7"}, {Name: "Sets", Value: "{{1}, {}}"},
			{Name: "MayAcknowledge", Definition: "Always"}, {Name: "Seq", Definition: "BoundedSeq", Module: "Sequences"},
			{Name: "On", Value: "TRUE"},
		},
		Specification: "Spec", Invariants: []string{"TypeOK", "A", "B"}, Properties: []string{"Refines", "Abs!Live"},
		Constraints: []string{"Bound"}, ActionConstraints: []string{"Slow"}, Symmetry: "Permutations", View: "view",
		Alias: "Alias", Postconditions: []string{"Post"}, IgnoreDeadlock: true,
	}, c)
	again, err := ParseConfig(c.String())
	require.NoError(t, err, c.String())
	require.Equal(t, c, again)

	d := c.Clone()
	d.Set(Constant{Name: "Max", Value: "4"})
	d.Set(Constant{Name: "New", Definition: "Other"})
	d.Invariants[0] = "Changed"
	d.Expect.Depth = 1
	require.Equal(t, again, c, "the clone is of its own")
	max, ok := d.Constant("Max")
	require.True(t, ok)
	require.Equal(t, "Max = 4", max.String())
	require.Len(t, d.Constants, len(c.Constants)+1)
	_, ok = c.Constant("New")
	require.False(t, ok)

	empty, err := ParseConfig("")
	require.NoError(t, err)
	require.Equal(t, &Config{}, empty)
	require.Empty(t, empty.String())
}

func TestParseConfigErrors(t *testing.T) {
	for text, want := range map[string]string{
		"\n Spec":                             `2:2: expected a keyword such as CONSTANTS or INVARIANTS, found "Spec"`,
		"INIT":                                `1:5: expected a name after INIT, found the end`,
		"INIT NEXT Next":                      `1:6: expected a name after INIT, found "NEXT"`,
		"INIT A\nINIT B":                      `2:1: INIT comes twice`,
		"CONSTANT N":                          `1:11: expected = or <- after N, found the end`,
		"CONSTANT N = <<1>>":                  `1:14: unexpected '<'`,
		"CONSTANT N = -1":                     `1:14: unexpected '-'`,
		"CONSTANT N = {1 2}":                  `1:17: expected a comma or }, found "2"`,
		"CONSTANT N = {1,":                    `1:17: expected a number, a string, a name or a set, found the end`,
		"CONSTANT N <- 1":                     `1:15: expected the name of a definition, found "1"`,
		"CONSTANT N <- [M D":                  `1:18: expected ], found "D"`,
		"CONSTANT é = 1":                      `1:10: unexpected 'é'`,
		"CONSTANT N = \"é\" ü":                `1:18: unexpected 'ü'`,
		"CONSTANT N = \"a\n\"":                `1:14: expected the closing "`,
		"INIT A (* open (* closed *)":         `1:8: expected the end *) of this comment`,
		"CHECK_DEADLOCK maybe":                `1:16: expected TRUE or FALSE after CHECK_DEADLOCK, found "maybe"`,
		`\* expect: fine`:                     `1:1: expected "ok, N distinct states, depth D", "violates NAME" or "deadlock"`,
		`\* expect: ok, many distinct states`: `1:1: expected "ok`,
		`\* expect: ok, 0 distinct states`:    `1:1: expected "ok`,
	} {
		_, err := ParseConfig(text)
		require.ErrorContains(t, err, want, text)
		var at *ConfigError
		require.ErrorAs(t, err, &at)
	}
}

func TestExpect(t *testing.T) {
	for text, want := range map[string]Expect{
		"ok":                                {},
		"ok, 1 distinct state":              {Distinct: 1},
		"ok, depth 3":                       {Depth: 3},
		"ok, 288 distinct states, depth 11": {Distinct: 288, Depth: 11},
		"violates AckedIsDurable":           {Violates: "AckedIsDurable"},
		"deadlock":                          {Deadlock: true},

		"violates P\n\\* consequence: INVARIANT Q": {Violates: "P", Keyword: "INVARIANT", Consequence: "Q"},
		"violates P\n\\* consequence: PROPERTY Q":  {Violates: "P", Keyword: "PROPERTY", Consequence: "Q"},
		"ok\n\\* reaches: A B\n\\* reaches: C":     {Reaches: []string{"A", "B", "C"}},
	} {
		c, err := ParseConfig(`\* expect: ` + text + "\r\nINIT Init\n")
		require.NoError(t, err, text)
		require.Equal(t, &want, c.Expect)
		again, err := ParseConfig(c.String())
		require.NoError(t, err)
		require.Equal(t, c.Expect, again.Expect)
	}
	_, err := ParseConfig("\\* expect: violates P\n\\* consequence: Q\nINIT Init\n")
	require.EqualError(t, err, `2:1: expected "INVARIANT NAME" or "PROPERTY NAME" after "\\* consequence:", found "Q"`)
	const right = `\* consequence: INVARIANT Q`
	for _, text := range []string{ // each would be overlooked
		"violates P\n\n" + right, "violates P\n" + right + "\n" + right, "ok\n" + right, "deadlock\n" + right,
		"violates P\n\\* consequences: INVARIANT Q", "violates P\n\\* Consequence: INVARIANT Q", "violates P\n\\*consequence: INVARIANT Q",
	} {
		_, err := ParseConfig(`\* expect: ` + text + "\nINIT Init\n")
		require.ErrorContains(t, err, "a consequence stands on line 2, once", text)
	}
	violated := &Result{Outcome: PropertyViolated, Violated: "P"}
	require.NoError(t, (&Expect{Violates: "P"}).Check(violated))
	require.ErrorContains(t, (&Expect{Violates: "Q"}).Check(violated), "expected violates Q, but TLC says property violated: P")
	require.Error(t, (&Expect{}).Check(violated))
	require.Error(t, (&Expect{Deadlock: true}).Check(violated))
	require.NoError(t, (&Expect{Deadlock: true}).Check(&Result{Outcome: Deadlock}))
	require.Error(t, (&Expect{}).Check(&Result{}), "a run that crashed is no run that is right")
	require.Error(t, (&Expect{Depth: 2}).Check(&Result{Outcome: OK, Depth: 3}))
}

func FuzzParseConfig(f *testing.F) {
	f.Add(everything)
	f.Add("CONSTANT N = {1, \"a\"} M <- [X]Y INIT A NEXT B")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseConfig(text)
		if err != nil {
			return
		}
		again, err := ParseConfig(c.String())
		if err != nil || again.String() != c.String() {
			t.Fatalf("%q\n%q\n%v", text, c.String(), err)
		}
	})
}
