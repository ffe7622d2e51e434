package ask

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/semantic"
)

// Choice is one way to go on, a complete question.
type Choice struct {
	Label    string `json:"label"`
	Question string `json:"question"`
}

func (p *parser) assume(en, fr string, args ...any) {
	p.assumptions = append(p.assumptions, fmt.Sprintf(p.say(en, fr), args...))
}

func (p *parser) say(en, fr string) string {
	if p.language == french {
		return fr
	}
	return en
}

// ask stops with a question back about a word.
func (p *parser) ask(word, en, fr string, args ...any) {
	if p.stop == nil {
		p.stop = &stop{status: StatusClarify, word: word, text: fmt.Sprintf(p.say(en, fr), args...)}
	}
}

func (p *parser) choice(label, question string) {
	if p.stop != nil {
		p.stop.choices = append(p.stop.choices, Choice{label, strings.TrimSpace(question)})
	}
}

// refuse stops for good.
func (p *parser) refuse(word, en, fr string, args ...any) {
	if p.stop == nil {
		p.stop = &stop{status: StatusRefused, word: word, text: fmt.Sprintf(p.say(en, fr), args...)}
	}
}

// absences are what people ask for and the view does not hold, and what it holds instead.
var absences = map[string][2]string{
	"profit":   {"There are no costs in the data, so no profit or margin; there is revenue, quantity and average selling price", "Les données n'ont pas de coûts, donc ni profit ni marge ; il y a le chiffre d'affaires, la quantité et le prix de vente moyen"},
	"cost":     {"There are no costs in the data; there is revenue at list price, quantity and average selling price", "Les données n'ont pas de coûts ; il y a le chiffre d'affaires au prix catalogue, la quantité et le prix de vente moyen"},
	"stock":    {"There is no stock in the data, only what was sold: quantity and revenue", "Les données n'ont pas de stock, seulement ce qui a été vendu : quantité et chiffre d'affaires"},
	"forecast": {"There are no forecasts, plans or budgets; the data hold the past, by month", "Il n'y a ni prévision ni budget ; les données portent sur le passé, par mois"},
	"people":   {"There are no people in the data (staff, contacts, ages); there are customers, that is shops", "Il n'y a pas de personnes dans les données ; il y a des clients, c'est-à-dire des magasins"},
	"day":      {"The data are by month, nothing finer", "Les données sont mensuelles, rien de plus fin"},
	"discount": {"There are no discounts or promotions in the data; revenue is quantity at list price", "Il n'y a ni remise ni promotion dans les données ; le chiffre d'affaires est la quantité au prix catalogue"},
	"returns":  {"There are no returns, reviews or complaints in the data, only sales", "Il n'y a ni retours, ni avis, ni réclamations, seulement des ventes"},
	"orders":   {"There are no single orders in the data; sales are by month, product and customer", "Il n'y a pas de commandes isolées ; les ventes sont par mois, produit et client"},
	"tax":      {"There are no taxes, payments or net figures in the data; revenue is quantity at list price", "Il n'y a ni taxes, ni paiements, ni montants nets ; le chiffre d'affaires est la quantité au prix catalogue"},
	"place":    {"There is no city or region column; there is the market (country), the platform, the channel and the customer", "Il n'y a pas de colonne ville ou région ; il y a le marché (pays), la plateforme, le canal et le client"},
	"currency": {"Amounts are in Indian rupees only; there are no exchange rates", "Les montants sont en roupies indiennes ; il n'y a pas de taux de change"},
	"other":    {"That is not in the data, which hold sales by month, product and customer", "Cela n'est pas dans les données, qui portent sur les ventes par mois, produit et client"},
}

// dropped is what a statement drops, not a figure.
var dropped = map[string]bool{"table": true, "the table": true, "view": true, "schema": true, "database": true, "column": true}

// priced says that a price is named by which things can be ranked.
func (p *parser) priced() bool {
	return slices.ContainsFunc(p.tokens, func(t *Token) bool {
		return t.Role == semantic.RoleMeasure && (t.Meaning == "average_selling_price" || strings.HasSuffix(t.Meaning, "list_price"))
	})
}

// ordering says that "order" is what somebody did: "how many products did Ultimate Sports order".
func (p *parser) ordering(i int) bool {
	if text := fold(p.tokens[i].Text); text != "order" && text != "orders" || i == 0 || p.is(i+1, semantic.RoleDimension) {
		return false
	}
	did := slices.ContainsFunc(p.tokens[:i], func(t *Token) bool {
		switch fold(t.Text) {
		case "did", "do", "does", "who", "which", "didn t", "don t":
			return true
		}
		return t.Role == semantic.RoleNegation
	})
	return did && p.is(i-1, roleValue, semantic.RoleDimension, semantic.RoleNegation)
}

// readRefusals declines what the data do not hold and what is not allowed, before anything else is read.
func (p *parser) readRefusals() {
	for i, t := range p.tokens {
		if strings.HasPrefix(fold(t.Text), "drop") && (!p.measured() || i+1 < len(p.tokens) && dropped[fold(p.tokens[i+1].Text)]) { // else it is what a figure does
			t.Role = semantic.RoleUnsafe
		}
		switch t.Role {
		case semantic.RoleUnsafe:
			p.refuse(t.Text, "Only questions about the sales in the view %s are answered; “%s” asks for something else", "Seules les questions sur les ventes de la vue %s ont une réponse ; « %s » demande autre chose", p.Model.Source, t.Text)
			return
		case semantic.RoleAbsent:
			if p.ordering(i) {
				t.Role, t.Meaning = semantic.RoleVerb, "buy"
				continue
			}
			if t.Meaning == "orders" && p.is(i-1, semantic.RoleConnective, semantic.RoleNoise) && strings.HasPrefix(fold(t.Text), "order") && p.is(i+1, semantic.RoleConnective) && fold(p.tokens[i-1].Text) == "in" {
				continue
			}
			said := absences[t.Meaning]
			p.refuse(t.Text, "“%s”: %s", "« %s » : %s", t.Text, p.say(said[0], said[1]))
			p.stop.unrecognised = nil
			return
		}
	}
	for _, t := range p.tokens {
		if t.Role == semantic.RoleVague && (t.Meaning == "priciest" || t.Meaning == "cheapest") && p.priced() { // priciest products by average selling price
			t.Role, t.Meaning = semantic.RoleOrder, map[string]string{"priciest": "top", "cheapest": "bottom"}[t.Meaning]
		}
	}
	for _, t := range p.tokens {
		if t.Role == roleUnknown && strings.ContainsAny(t.Text, "._") {
			p.refuse(t.Text, "Only the view %s can be asked; “%s” is not in it", "Seule la vue %s peut être interrogée ; « %s » n'y est pas", p.Model.Source, t.Text)
			return
		}
	}
}
