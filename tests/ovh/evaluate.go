// The variables of a module with their validations, and its user data, by the functions that the module calls.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"os"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// A volume as the provider would have made it, each another one.
const volumeID = "%08d-5b7d-4c3a-9e21-7d0a6b8c4f13"

// of makes a function of strings and numbers; the last parameters of a call are numbers.
func of(result cty.Type, texts int, numbers int, call func([]cty.Value) (cty.Value, error)) function.Function {
	parameters := []function.Parameter{}
	for range texts {
		parameters = append(parameters, function.Parameter{Name: "text", Type: cty.String})
	}
	for range numbers {
		parameters = append(parameters, function.Parameter{Name: "number", Type: cty.Number})
	}
	return function.New(&function.Spec{Params: parameters, Type: function.StaticReturnType(result),
		Impl: func(arguments []cty.Value, _ cty.Type) (cty.Value, error) { return call(arguments) }})
}

func integer(value cty.Value) *big.Int {
	whole, _ := value.AsBigFloat().Int(nil)
	return whole
}

// add gives the address so many behind the first one of a network; a negative number counts from its end.
func add(network netip.Prefix, offset *big.Int) (netip.Addr, error) {
	first := network.Masked().Addr()
	size := new(big.Int).Lsh(big.NewInt(1), uint(first.BitLen()-network.Bits()))
	if offset.Sign() < 0 {
		offset = new(big.Int).Add(size, offset)
	}
	if offset.Sign() < 0 || offset.Cmp(size) >= 0 {
		return first, fmt.Errorf("%s has no host %s", network, offset)
	}
	bytes := make([]byte, first.BitLen()/8)
	sum := new(big.Int).Add(new(big.Int).SetBytes(first.AsSlice()), offset)
	address, _ := netip.AddrFromSlice(sum.FillBytes(bytes))
	return address, nil
}

func cidrhost(arguments []cty.Value) (cty.Value, error) {
	network, err := netip.ParsePrefix(arguments[0].AsString())
	if err != nil {
		return cty.NilVal, err
	}
	address, err := add(network, integer(arguments[1]))
	return cty.StringVal(address.String()), err
}

func cidrsubnet(arguments []cty.Value) (cty.Value, error) {
	network, err := netip.ParsePrefix(arguments[0].AsString())
	if err != nil {
		return cty.NilVal, err
	}
	bits := network.Bits() + int(integer(arguments[1]).Int64())
	if bits > network.Addr().BitLen() {
		return cty.NilVal, errors.New("no bits left")
	}
	offset := new(big.Int).Lsh(integer(arguments[2]), uint(network.Addr().BitLen()-bits))
	address, err := add(network, offset)
	return cty.StringVal(netip.PrefixFrom(address, bits).String()), err
}

func (m *module) functions() map[string]function.Function {
	known := map[string]function.Function{
		"length": stdlib.LengthFunc, "contains": stdlib.ContainsFunc, "floor": stdlib.FloorFunc, "regex": stdlib.RegexFunc,
		"range": stdlib.RangeFunc, "merge": stdlib.MergeFunc, "substr": stdlib.SubstrFunc, "trimspace": stdlib.TrimSpaceFunc,
		"jsonencode": stdlib.JSONEncodeFunc, "can": tryfunc.CanFunc, "try": tryfunc.TryFunc,
		"cidrhost": of(cty.String, 1, 1, cidrhost), "cidrsubnet": of(cty.String, 1, 2, cidrsubnet),
	}
	known["alltrue"] = function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Bool)}}, Type: function.StaticReturnType(cty.Bool),
		Impl: func(arguments []cty.Value, _ cty.Type) (cty.Value, error) {
			for _, one := range arguments[0].AsValueSlice() {
				if one.False() {
					return cty.False, nil
				}
			}
			return cty.True, nil
		}})
	known["templatefile"] = function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "values", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(arguments []cty.Value, _ cty.Type) (cty.Value, error) {
			path := arguments[0].AsString()
			text, err := os.ReadFile(path)
			if err != nil {
				return cty.NilVal, err
			}
			template, diagnostics := hclsyntax.ParseTemplate(text, path, hcl.InitialPos)
			if diagnostics.HasErrors() {
				return cty.NilVal, diagnostics
			}
			rendered, diagnostics := template.Value(&hcl.EvalContext{Variables: arguments[1].AsValueMap(), Functions: known})
			if diagnostics.HasErrors() {
				return cty.NilVal, diagnostics
			}
			return rendered, nil
		}})
	return known
}

// values reads a .tfvars file and NAME=VALUE words, whose values are expressions.
func (m *module) values(path string, words []string) map[string]cty.Value {
	given := map[string]cty.Value{}
	file, diagnostics := m.parser.ParseHCLFile(path)
	m.take(diagnostics)
	m.stop()
	attributes, diagnostics := file.Body.JustAttributes()
	m.take(diagnostics)
	for name, attribute := range attributes {
		given[name], diagnostics = attribute.Expr.Value(nil)
		m.take(diagnostics)
	}
	for _, one := range words {
		name, text, _ := strings.Cut(one, "=")
		expression, diagnostics := hclsyntax.ParseExpression([]byte(text), name, hcl.InitialPos)
		m.take(diagnostics)
		given[name], diagnostics = expression.Value(nil)
		m.take(diagnostics)
	}
	for name := range given {
		if m.blocks["var."+name] == nil {
			m.complain(hcl.Range{Filename: path}, "var.%s is not declared", name)
		}
	}
	m.stop()
	return given
}

// variables gives each variable its value, of its type, or complains.
func (m *module) variables(given map[string]cty.Value) cty.Value {
	all := map[string]cty.Value{}
	for label, block := range m.blocks {
		name, is := strings.CutPrefix(label, "var.")
		if !is {
			continue
		}
		wanted, diagnostics := typeexpr.TypeConstraint(block.Body.Attributes["type"].Expr)
		m.take(diagnostics)
		value, has := given[name]
		if !has {
			if block.Body.Attributes["default"] == nil {
				m.complain(block.DefRange(), "var.%s has no value", name)
				continue
			}
			value, diagnostics = block.Body.Attributes["default"].Expr.Value(nil)
			m.take(diagnostics)
		}
		converted, err := convert.Convert(value, wanted)
		if err != nil {
			m.complain(block.DefRange(), "var.%s: %s", name, err)
		}
		all[name] = converted
	}
	m.stop()
	return cty.ObjectVal(all)
}

func (m *module) validate(context *hcl.EvalContext) {
	for name, block := range m.blocks {
		for _, validation := range block.Body.Blocks {
			if block.Type != "variable" {
				break
			}
			right, diagnostics := validation.Body.Attributes["condition"].Expr.Value(context)
			m.take(diagnostics)
			if !diagnostics.HasErrors() && right.False() {
				text, diagnostics := validation.Body.Attributes["error_message"].Expr.Value(context)
				m.take(diagnostics)
				m.complain(validation.DefRange(), "%s: %s", name, text.AsString())
			}
		}
	}
	m.stop()
}

// local is the value of a local and, before it, of those that it names.
func (m *module) local(name string, context *hcl.EvalContext, done map[string]cty.Value) {
	if _, has := done[name]; has {
		return
	}
	expression := m.locals[name].Expr
	for _, traversal := range hclsyntax.Variables(expression) {
		if traversal.RootName() == "local" {
			m.local(word(traversal, 1), context, done)
		}
	}
	context.Variables["local"] = cty.ObjectVal(done)
	if name == "user_data" {
		context.Variables["openstack_blockstorage_volume_v3"] = volumes(done["workers"])
	}
	value, diagnostics := expression.Value(context)
	m.take(diagnostics)
	m.stop()
	done[name] = value
}

func volumes(workers cty.Value) cty.Value {
	made, number := map[string]cty.Value{}, 0
	for name := range workers.AsValueMap() {
		made[name] = cty.ObjectVal(map[string]cty.Value{"id": cty.StringVal(fmt.Sprintf(volumeID, number))})
		number++
	}
	return cty.ObjectVal(map[string]cty.Value{"data": cty.MapVal(made)})
}

func (m *module) evaluate(path string, words []string) {
	context := &hcl.EvalContext{Functions: m.functions(), Variables: map[string]cty.Value{
		"var":  m.variables(m.values(path, words)),
		"path": cty.ObjectVal(map[string]cty.Value{"module": cty.StringVal(m.folder)})}}
	m.validate(context)
	done := map[string]cty.Value{}
	m.local("user_data", context, done)
	rendered := map[string]string{}
	for name, value := range done["user_data"].AsValueMap() {
		rendered[name] = value.AsString()
	}
	text, _ := json.Marshal(rendered)
	fmt.Println(string(text))
}
