package gomutant

import (
	"go/ast"
	"go/types"
	"strings"
)

// The recording of steps is no part of what the code does: a mutant of it would
// be a fault of the instrument. So what has a type of the package trace is left
// as it is.

func isTrace(t types.Type) bool {
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	named, ok := t.(*types.Named)
	return ok && named.Obj().Pkg() != nil && strings.HasSuffix("/"+named.Obj().Pkg().Path(), "/lockstep/trace")
}

// records says whether a function is there for the trace: it is given, or
// returns, what is being recorded, as a View does.
func (v *finder) records(signature *ast.FuncType) bool {
	for _, list := range []*ast.FieldList{signature.Params, signature.Results} {
		if list == nil {
			continue
		}
		for _, field := range list.List {
			if t := v.info.TypeOf(field.Type); t != nil && isTrace(t) && !strings.HasSuffix(t.String(), "trace.Recorder") {
				return true
			}
		}
	}
	return false
}

// traces says whether a statement does nothing but record: it is a call whose
// receiver comes from the trace package.
func (v *finder) traces(s ast.Stmt) bool {
	e, ok := s.(*ast.ExprStmt)
	if !ok {
		return false
	}
	call, ok := e.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	t := v.info.TypeOf(selector.X)
	return t != nil && isTrace(t)
}
