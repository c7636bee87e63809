package spec_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/lockstep-tla/lockstep/conformance/internal/checktest"
	"github.com/lockstep-tla/lockstep/conformance/internal/spec"
)

// TestADefinitionNamedLikeOneOfTLC: where a cfg names it, TLC takes its own operator, as soon
// as any module of the run has TLC's module inside. The checker's modules do.
func TestADefinitionNamedLikeOneOfTLC(t *testing.T) {
	counter := strings.Replace(checktest.Counter, "Naturals, Sequences, TLC", "Naturals", 1)
	mine := strings.Replace(counter, "Add ==", "Cardinality(S) == 7\nAny == count < 2\nSize(S) == 2\nBagCup(a, b) == a\nAdd ==", 1)
	for cfg, says := range map[string]string{
		"CONSTANT Size <- Cardinality\n": "XSteps.cfg: Cardinality: TLC takes the operator of its module FiniteSets for the definition in X.tla:6; give that another name",
		"INVARIANT Any\n":                "XSteps.cfg: Any: TLC takes the operator of its module TLC for the definition in X.tla:7",
		"CONSTRAINT Any\n":               "XSteps.cfg: Any: TLC takes",
		"CONSTANT Limit <- [X]Any\n":     "XSteps.cfg: Any: TLC takes",
		"CONSTANT Size <- Len\n":         "", // it is TLC's that is meant
		"CONSTANT Size <- BagCup\n":      "", // no module of the run has TLC's Bags inside
		"CONSTANT Any <- Size\n":         "",
	} {
		_, err := spec.Load(checktest.SpecFiles(mine, checktest.CounterSteps, cfg))
		if says == "" {
			require.NoError(t, err, cfg)
			continue
		}
		require.ErrorIs(t, err, spec.ErrInput, cfg)
		require.ErrorContains(t, err, says, cfg)
	}
	withBags := strings.Replace(mine, "EXTENDS Naturals\n", "EXTENDS Naturals\nM == INSTANCE Y\n", 1)
	files := checktest.SpecFiles(withBags, checktest.CounterSteps, "CONSTANT Size <- BagCup\n")
	files["Y.tla"] = &fstest.MapFile{Data: []byte("---- MODULE Y ----\nLOCAL INSTANCE Bags\n====\n")}
	_, err := spec.Load(files)
	require.ErrorContains(t, err, "BagCup: TLC takes the operator of its module Bags for the definition in X.tla:10")
}

// TestABrokenRuleNamedLikeOneOfTLC is found before its counterexample is explained: a run
// without the checker's modules takes the definition.
func TestABrokenRuleNamedLikeOneOfTLC(t *testing.T) {
	files := checktest.SpecFiles(checktest.Counter, checktest.CounterSteps, "")
	files["XBroken.tla"] = &fstest.MapFile{Data: []byte("---- MODULE XBroken ----\nEXTENDS X\nAny(m) == TRUE\n====\n")}
	files["broken/May.cfg"] = &fstest.MapFile{Data: []byte("\\* expect: violates Small\nINIT Init\nNEXT Next\nCONSTANT May <- Any\n")}
	s, err := spec.Load(files)
	require.NoError(t, err)
	_, _, err = s.Model("May")
	require.ErrorIs(t, err, spec.ErrInput)
	require.ErrorContains(t, err, "broken/May.cfg: Any: TLC takes the operator of its module TLC for the definition in XBroken.tla:3")
}
