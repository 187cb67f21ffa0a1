// Reads an OpenTofu module with the parser and the expressions that OpenTofu uses, but without any provider:
// module FOLDER check reports what is not declared, not used or not described, as file:line:column;
// module FOLDER evaluate VALUES [NAME=VALUE...] checks the variables, VALUES being a .tfvars file, and prints user data as JSON.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

type module struct {
	folder   string
	parser   *hclparse.Parser
	findings []string
	blocks   map[string]*hclsyntax.Block // "var.NAME", "TYPE.NAME", "data.TYPE.NAME", "output.NAME"
	locals   map[string]*hclsyntax.Attribute
	used     map[string]bool
}

func (m *module) complain(at hcl.Range, format string, arguments ...any) {
	m.findings = append(m.findings, fmt.Sprintf("%s:%d:%d: %s", at.Filename, at.Start.Line, at.Start.Column, fmt.Sprintf(format, arguments...)))
}

func (m *module) take(diagnostics hcl.Diagnostics) {
	for _, one := range diagnostics {
		at := hcl.Range{Filename: m.folder}
		if one.Subject != nil {
			at = *one.Subject
		}
		m.complain(at, "%s: %s", one.Summary, one.Detail)
	}
}

// stop prints what was found and ends the program when there is anything.
func (m *module) stop() {
	if len(m.findings) == 0 {
		return
	}
	sort.Strings(m.findings)
	fmt.Println(strings.Join(m.findings, "\n"))
	os.Exit(1)
}

func (m *module) declare(name string, block *hclsyntax.Block) {
	if m.blocks[name] != nil {
		m.complain(block.DefRange(), "%s is declared twice", name)
	}
	m.blocks[name] = block
}

func (m *module) load() {
	files, _ := filepath.Glob(filepath.Join(m.folder, "*.tf"))
	if len(files) == 0 {
		m.complain(hcl.Range{Filename: m.folder}, "no .tf file")
	}
	for _, path := range files {
		file, diagnostics := m.parser.ParseHCLFile(path)
		m.take(diagnostics)
		if file == nil {
			continue
		}
		for _, block := range file.Body.(*hclsyntax.Body).Blocks {
			m.loadBlock(block)
		}
	}
	m.stop()
}

func (m *module) loadBlock(block *hclsyntax.Block) {
	labels := strings.Join(block.Labels, ".")
	switch block.Type {
	case "variable":
		m.declare("var."+labels, block)
	case "locals":
		for name, attribute := range block.Body.Attributes {
			if m.locals[name] != nil {
				m.complain(attribute.Range(), "local.%s is declared twice", name)
			}
			m.locals[name] = attribute
		}
	case "resource":
		m.declare(labels, block)
	case "data", "output":
		m.declare(block.Type+"."+labels, block)
	case "terraform", "provider":
	default:
		m.complain(block.DefRange(), "block type %q is not known here", block.Type)
	}
}

func word(traversal hcl.Traversal, index int) string {
	if index < len(traversal) {
		if step, is := traversal[index].(hcl.TraverseAttr); is {
			return step.Name
		}
	}
	return ""
}

// refer checks that what an expression names is there; scope has the iterators of dynamic blocks around it.
func (m *module) refer(expression hclsyntax.Expression, scope map[string]bool) {
	for _, traversal := range hclsyntax.Variables(expression) {
		root, at := traversal.RootName(), traversal.SourceRange()
		switch {
		case root == "var":
			m.need("var."+word(traversal, 1), at)
		case root == "local":
			if m.locals[word(traversal, 1)] == nil {
				m.complain(at, "local.%s is not declared", word(traversal, 1))
			}
			m.used["local."+word(traversal, 1)] = true
		case root == "data":
			m.need("data."+word(traversal, 1)+"."+word(traversal, 2), at)
		case root == "each" || root == "count" || root == "self" || root == "path" || scope[root]:
		default:
			m.need(root+"."+word(traversal, 1), at)
		}
	}
}

func (m *module) need(name string, at hcl.Range) {
	m.used[name] = true
	if m.blocks[name] == nil {
		m.complain(at, "%s is not declared", name)
	}
}

func (m *module) walk(body *hclsyntax.Body, scope map[string]bool) {
	for name, attribute := range body.Attributes {
		if name != "ignore_changes" { // names arguments of its own resource
			m.refer(attribute.Expr, scope)
		}
	}
	for _, block := range body.Blocks {
		inner := scope
		if block.Type == "dynamic" {
			inner = map[string]bool{block.Labels[0]: true}
			for name := range scope {
				inner[name] = true
			}
		}
		m.walk(block.Body, inner)
	}
}

func (m *module) describe(name string, block *hclsyntax.Block) {
	attributes := block.Body.Attributes
	if block.Type == "variable" && attributes["type"] == nil {
		m.complain(block.DefRange(), "%s has no type", name)
	}
	if (block.Type == "variable" || block.Type == "output") && attributes["description"] == nil {
		m.complain(block.DefRange(), "%s has no description", name)
	}
}

func (m *module) check() {
	for name, block := range m.blocks {
		m.describe(name, block)
		if block.Type != "variable" {
			m.walk(block.Body, nil)
		}
	}
	for _, attribute := range m.locals {
		m.refer(attribute.Expr, nil)
	}
	for name, block := range m.blocks {
		if (block.Type == "variable" || block.Type == "data") && !m.used[name] {
			m.complain(block.DefRange(), "%s is not used", name)
		}
	}
	for name, attribute := range m.locals {
		if !m.used["local."+name] {
			m.complain(attribute.Range(), "local.%s is not used", name)
		}
	}
	// Last, because a validation alone is no use of a variable.
	for _, block := range m.blocks {
		for _, validation := range block.Body.Blocks {
			if block.Type == "variable" {
				m.walk(validation.Body, nil)
			}
		}
	}
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: module FOLDER check | FOLDER evaluate VALUES [NAME=VALUE...]")
		os.Exit(64)
	}
	m := &module{folder: os.Args[1], parser: hclparse.NewParser(), blocks: map[string]*hclsyntax.Block{},
		locals: map[string]*hclsyntax.Attribute{}, used: map[string]bool{}}
	m.load()
	if os.Args[2] == "check" {
		m.check()
		m.stop()
		fmt.Printf("%d declarations, %d locals\n", len(m.blocks), len(m.locals))
		return
	}
	m.evaluate(os.Args[3], os.Args[4:])
}
