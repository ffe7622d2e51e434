package semantic

import (
	"regexp"
	"strings"
)

// What Normalize would lose of a number or a comparison, and another question would then be taken for this one.
var (
	negative   = regexp.MustCompile(`(^|[^\pL\pM\d])[-−–]\s?(\d|[.,]\d)`)
	headless   = regexp.MustCompile(`(^|[^\pL\pM\d])[.,](\d)`)
	commaed    = regexp.MustCompile(`(\d),(\d)`)
	unequal    = strings.NewReplacer("!=", " not = ", "≠", " not = ")
	politeness = phrases(`please|pls|plz|kindly|hi|hello|hey|dear|good morning|good afternoon|thanks|thank you|many thanks
		could you|can you|would you|will you|show|show me|show us|tell me|tell us|give me|give us|display|let me see|let me know|let us see
		i want|i want to see|i want to know|i need|i need to see|i need to know|i would like|i would like to see|i would like to know
		i d like|i d like to see|i d like to know|the
		s il te plait|s il vous plait|svp|stp|merci|merci beaucoup|bonjour|salut|bonsoir
		peux tu|peux tu me|pouvez vous|pouvez vous me|pourrais tu|pourrais tu me|pourriez vous|pourriez vous me
		montre|montre moi|montrez|montrez moi|donne moi|donnez moi|dis moi|dites moi|affiche|affiche moi|affichez|affichez moi
		montrer|donner|dire|afficher|me montrer|me donner|me dire|m afficher
		je veux|je veux voir|je veux savoir|je veux connaitre|je voudrais|je voudrais voir|je voudrais savoir|je voudrais connaitre|je voudrais avoir
		j aimerais|j aimerais voir|j aimerais savoir|j aimerais connaitre|j aimerais avoir|le|la|les|l`)
	thanks = phrases(`please|pls|plz|thanks|thank you|many thanks|svp|stp|merci|merci beaucoup|merci d avance|s il te plait|s il vous plait`)
)

func phrases(list string) map[string]bool {
	known := map[string]bool{}
	for _, line := range strings.Split(list, "\n") {
		for phrase := range strings.SplitSeq(line, "|") {
			known[strings.TrimSpace(phrase)] = true
		}
	}
	return known
}

const longestPoliteness = 5 // words

// Wording is what two ways to write one question have in common: case, accents, punctuation and polite words around it make
// no difference, every other word and number does.
func Wording(question string) string {
	text := unequal.Replace(question)
	text = negative.ReplaceAllString(text, "$1 minus $2")
	text = headless.ReplaceAllString(text, "$1 point $2")
	text = commaed.ReplaceAllString(commaed.ReplaceAllString(text, "$1 comma $2"), "$1 comma $2") // twice: 1,2,3
	words := strings.Fields(Normalize(text))
	for cut := true; cut; {
		cut = false
		for n := min(longestPoliteness, len(words)-1); n > 0 && !cut; n-- {
			switch {
			case politeness[strings.Join(words[:n], " ")]:
				words, cut = words[n:], true
			case thanks[strings.Join(words[len(words)-n:], " ")]:
				words, cut = words[:len(words)-n], true
			}
		}
	}
	return strings.Join(words, " ")
}
