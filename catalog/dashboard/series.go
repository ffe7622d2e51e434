package dashboard

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/fmcg/fmcg/catalog/ask"
)

// of a series, by its grain.
var (
	starts  = map[string]string{"month": "date", "quarter": "cast(date_trunc('quarter', date) as date)", "year": "cast(date_trunc('year', date) as date)"}
	lengths = map[string]int{"month": 1, "quarter": 3, "year": 12}
)

// series is a measure over time. Growth is from the real period before, shown or not, and an anomaly is one among all periods
// of the data, as in ask. Where the selection cuts periods in two, the series is of what is selected alone.
func (b *builder) series() draft {
	dimension, measure := b.model.Dimension(b.By[0]), b.model.Measure(b.Measures[0])
	grain, name := dimension.Grain, measure.Name
	step := lengths[grain]
	where, shown := conditions(b.filters), ask.Between("series.starts", b.periods)
	cuts := slices.ContainsFunc(b.periods, func(p ask.Period) bool { return p.From%step != 0 || (p.To+1)%step != 0 && p.To < b.last })
	if cuts {
		where, shown = b.where(), ""
	}
	if shown != "" {
		shown = " where " + shown
	}
	period := b.dimension(b.By[0])
	b.measure(name)
	earlier := map[string][2]string{"month": {"Over the month before", "Sur le mois d'avant"}, "quarter": {"Over the quarter before", "Sur le trimestre d'avant"}, "year": {"Over the year before", "Sur l'année d'avant"}}[grain]
	b.figure("growth_pct", earlier[0], earlier[1], "%")
	out := []string{"series." + dimension.Name, "series.amount as " + name, change("series.amount", "earlier.amount") + " as growth_pct"}
	joins := fmt.Sprintf(" left join series as earlier on earlier.starts = cast(series.starts - interval %d month as date)", step)
	if grain != "year" {
		b.figure("year_before", "A year before", "Un an avant", measure.Unit)
		b.figure("year_growth_pct", "Over a year before", "Sur un an", "%")
		out = append(out, "year_before.amount as year_before", change("series.amount", "year_before.amount")+" as year_growth_pct")
		joins += " left join series as year_before on year_before.starts = cast(series.starts - interval 12 month as date)"
	}
	b.figure("z_score", "Standard deviations from the mean", "Écarts types de la moyenne", "")
	out = append(out, "series.z_score", ask.Variation("series.amount", "over ()")+" as variation_pct")
	sql := "with sums as (select " + starts[grain] + " as starts, " + period + ", " + measure.Expr + " as amount" + b.from() + where + " group by " + starts[grain] + ", " + dimension.Expr +
		"), series as (select *, " + ask.ZScore("amount", "") + " as z_score from sums) select " + strings.Join(out, ", ") + " from series" + joins + shown + " order by series.starts"
	return draft{sql: sql, chart: Chart{X: dimension.Name, Y: []string{name}}, finish: func(result *Result) {
		if cuts && step > 1 {
			result.Notes = append(result.Notes, say(b.language, "Only the chosen months are counted.", "Seuls les mois choisis sont comptés."))
		}
		b.variability(result)
		b.mark(result, grain, len(out)-2)
	}}
}

// variability takes the last column, the same in each row, out of the rows.
func (b *builder) variability(result *Result) {
	for i, row := range result.Rows {
		last := len(row) - 1
		if i == 0 && row[last] != nil {
			result.Facts = append(result.Facts, Fact{Name: "variation", Label: say(b.language, "Coefficient of variation", "Coefficient de variation"), Value: row[last], Unit: "%"})
		}
		result.Rows[i] = row[:last]
	}
}

// mark finds anomalies, the highest and lowest, and what is not complete. The measure is in column 1, the z-score in column z.
func (b *builder) mark(result *Result, grain string, z int) {
	peak, trough := -1, -1
	high, low := math.Inf(-1), math.Inf(1)
	for i, row := range result.Rows {
		incomplete := i == len(result.Rows)-1 && b.cut(row[0], grain)
		if incomplete {
			result.Marks = append(result.Marks, Mark{Row: i, Kind: MarkIncomplete, Text: b.incomplete(b.lastPeriod(grain))})
		}
		if score, ok := number(row[z]); ok && math.Abs(score) > ask.Unusual {
			side := say(b.language, "above", "au-dessus de")
			if score < 0 {
				side = say(b.language, "below", "en dessous de")
			}
			result.Marks = append(result.Marks, Mark{Row: i, Kind: MarkAnomaly, Text: fmt.Sprintf(say(b.language, "Unusual: %.1f standard deviations %s the mean", "Inhabituel : %.1f écarts types %s la moyenne"), math.Abs(score), side)})
		}
		amount, ok := number(row[1])
		if ok && amount > high {
			peak, high = i, amount
		}
		if ok && amount < low && !incomplete {
			trough, low = i, amount
		}
	}
	if peak >= 0 && trough >= 0 && high > low {
		result.Marks = append(result.Marks, Mark{Row: peak, Kind: MarkPeak, Text: say(b.language, "The highest", "Le plus haut")}, Mark{Row: trough, Kind: MarkTrough, Text: say(b.language, "The lowest", "Le plus bas")})
	}
}

// lastPeriod is the whole period in which the data end.
func (b *builder) lastPeriod(grain string) ask.Period {
	from := b.last - b.last%lengths[grain]
	return ask.Period{From: from, To: from + lengths[grain] - 1}
}

// cut says that a period, as it stands in a row, goes on after the data end.
func (b *builder) cut(value any, grain string) bool {
	last := b.lastPeriod(grain)
	if last.To == b.last && b.unfinished == "" {
		return false
	}
	switch grain {
	case "month":
		return value == fmt.Sprintf("%04d-%02d-01", last.From/12, last.From%12+1)
	case "quarter":
		return value == fmt.Sprintf("%04d-Q%d", last.From/12, last.From%12/3+1)
	}
	return fmt.Sprint(value) == fmt.Sprint(last.From/12)
}

// seasonality is a measure by month of the year, the years beside each other.
func (b *builder) seasonality() draft {
	measure := b.model.Measure(b.Measures[0])
	b.column(ask.Column{Name: "month_of_year", Label: say(b.language, "Month of the year", "Mois de l'année"), Type: "number"}, "")
	b.column(ask.Column{Name: "year", Label: say(b.language, "Year", "Année"), Type: "number"}, "year")
	b.column(ask.Column{Name: "month", Label: say(b.language, "Month", "Mois"), Type: "date"}, "month")
	item := b.measure(measure.Name)
	b.figure("index_pct", "Of an average month of the year", "D'un mois moyen de l'année", "%")
	sql := "select " + alias(b.grain("month_of_year"), "month_of_year") + ", " + alias(b.grain("year"), "year") + ", date as month, " + item +
		", 100.0 * " + measure.Expr + " / nullif(avg(" + measure.Expr + ") over (partition by " + b.grain("year") + "), 0) as index_pct" + b.from() + b.where() +
		" group by date, " + b.grain("year") + ", " + b.grain("month_of_year") + " order by date"
	return draft{sql: sql, chart: Chart{X: "month_of_year", Series: "year", Y: []string{measure.Name}}, finish: func(result *Result) {
		if at := len(result.Rows) - 1; at >= 0 && b.cut(result.Rows[at][2], "month") {
			result.Marks = append(result.Marks, Mark{Row: at, Kind: MarkIncomplete, Text: b.incomplete(b.lastPeriod("month"))})
		}
	}}
}
