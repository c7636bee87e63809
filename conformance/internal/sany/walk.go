package sany

// WalkOver visits an expression and all its parts. If enter returns true, it
// continues in the definition that the expression applies.
func WalkOver(e *Expr, enter func(d *Symbol) bool, visit func(e *Expr)) {
	if e == nil {
		return
	}
	visit(e)
	for _, b := range e.Bounds {
		WalkOver(b.Set, enter, visit)
	}
	for _, a := range e.Args {
		WalkOver(a, enter, visit)
	}
	WalkOver(e.Body, enter, visit)
	if e.Op != nil && e.Op.Body != nil && enter(e.Op) {
		WalkOver(e.Op.Body, enter, visit)
	}
}

// Once returns an argument for WalkOver that enters each definition once.
func Once() func(d *Symbol) bool {
	seen := map[*Symbol]bool{}
	return func(d *Symbol) bool {
		known := seen[d]
		seen[d] = true
		return !known
	}
}

// Nowhere is an argument for WalkOver that enters no definition.
func Nowhere(*Symbol) bool { return false }

// IsVariable reports whether a symbol is a declared variable.
func IsVariable(d *Symbol) bool { return d != nil && d.Kind == "OpDeclNode" && d.KindNo == "3" }
