package demo

import "time"

// The dates of the story.
var (
	storyEnd = day(2025, time.November, 30) // the default last day, and the end of a round

	oddMonth  = day(2025, time.August, 1)    // the flood
	priceRise = day(2025, time.October, 1)   // the child's list prices
	launched  = day(2025, time.September, 8) // the child's new product
	fading    = day(2025, time.July, 1)      // the child's dying product begins to fade …
	faded     = day(2025, time.November, 1)  // … and is gone

	parentLaunched = day(2025, time.March, 1)
	parentFading   = day(2024, time.September, 1)
	parentFaded    = day(2025, time.September, 1)
)

// Shares of a normal day, in thousandths: they average 1000 over the week and over the year.
var (
	weekdays = [7]int{560, 1250, 1180, 1120, 1080, 1060, 750} // from Sunday
	months   = [12]int{1080, 980, 1000, 1030, 1050, 980, 920, 930, 980, 1080, 1020, 950}
)

// oddShare is what is left of sales in the odd month, in thousandths.
const oddShare = 420

// roundDays is the length of a round: whole weeks, and short enough to fit into the smallest lake worth showing.
const roundDays = 28

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

func monthOf(d time.Time) time.Time { return day(d.Year(), d.Month(), 1) }

func daysBetween(from, to time.Time) int { return int(to.Sub(from) / (24 * time.Hour)) }

func monthsBetween(from, to time.Time) int {
	return (to.Year()-from.Year())*12 + int(to.Month()) - int(from.Month())
}

// placeInRound is how many days before the end of its round a day lies: 0 for the default last day, 27 for the day after it.
func placeInRound(d time.Time) int {
	return ((daysBetween(d, storyEnd) % roundDays) + roundDays) % roundDays
}

// lastAt is the last day up to end that has this place in its round.
func lastAt(place int, end time.Time) time.Time {
	return end.AddDate(0, 0, -((place - placeInRound(end) + roundDays) % roundDays))
}

// busy is the child's share of a normal day in thousandths: week, year, growth and the flood.
func busy(d time.Time) int {
	// Rather more than 1000 in mid-2025: it makes up for the flood, so that the year to storyEnd averages 1000.
	growth := max(300, 1060+12*monthsBetween(day(2025, time.June, 1), d))
	share := weekdays[d.Weekday()] * months[d.Month()-1] / 1000 * growth / 1000
	if monthOf(d).Equal(oddMonth) {
		share = share * oddShare / 1000
	}
	return share
}

// life is how much of its normal sales a product has on a day, in thousandths. Zero times mean that it was always, or stays.
type life struct{ from, fades, gone time.Time }

func (l life) on(d time.Time) int {
	switch {
	case d.Before(l.from):
		return 0
	case !l.gone.IsZero() && !d.Before(l.gone):
		return 0
	case !l.fades.IsZero() && d.After(l.fades):
		return 1000 * daysBetween(d, l.gone) / daysBetween(l.fades, l.gone)
	case !l.from.IsZero():
		return min(1000, 300+12*daysBetween(l.from, d)) // two months to be known
	}
	return 1000
}
