// The editor of SQL, of CodeMirror: bundled into assets by make assets. It lives in a shadow root, where CodeMirror's styles are
// adopted style sheets, which the policy of the pages lets; in the page itself they would be inline.
import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, snippetCompletion } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { keywordCompletionSource, PostgreSQL, schemaCompletionSource, SQLDialect } from "@codemirror/lang-sql";
import { bracketMatching, HighlightStyle, indentOnInput, LanguageSupport, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers, placeholder } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// The words of DuckDB that a query needs; those of the whole standard would be in the way of completion.
const duckdb = SQLDialect.define({
  ...PostgreSQL.spec,
  keywords: "all and anti any as asc asof between by case cast cross cube current desc describe distinct else end except exclude exists false filter first following for from full group grouping having " +
    "ilike in inner intersect interval is join last lateral left like limit natural not null nulls offset on or order outer over partition preceding qualify range recursive replace right rollup row rows select semi " +
    "sets similar summarize then true try_cast unbounded union using values when where window with within",
  types: "bigint boolean date decimal double float hugeint integer json smallint time timestamp tinyint varchar",
});

const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--good)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--warn)" },
  { tag: [tags.lineComment, tags.blockComment], color: "var(--quiet)", fontStyle: "italic" },
]);

const looks = EditorView.theme({
  "&": { backgroundColor: "var(--surface)", color: "var(--text)", height: "100%", fontSize: ".9rem" },
  "&.cm-focused": { outline: "3px solid var(--accent)", outlineOffset: "-1px" },
  ".cm-scroller": { fontFamily: 'ui-monospace, "SF Mono", Menlo, Consolas, monospace', lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--text)", paddingBlock: ".6rem" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--ground)", color: "var(--quiet)", borderRight: "1px solid var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--accent) 6%, transparent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { background: "color-mix(in srgb, var(--accent) 25%, var(--surface))" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "color-mix(in srgb, var(--good) 25%, transparent)" },
  "&.cm-focused .cm-nonmatchingBracket": { backgroundColor: "color-mix(in srgb, var(--bad) 25%, transparent)" },
  ".cm-placeholder": { color: "var(--quiet)" },
  ".cm-tooltip": { backgroundColor: "var(--raised)", color: "var(--text)", border: "1px solid var(--line-strong)", borderRadius: "6px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "inherit", maxHeight: "16rem" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--accent)", color: "var(--surface)" },
  ".cm-tooltip-autocomplete ul li[aria-selected] .cm-completionDetail": { color: "inherit" },
  ".cm-completionDetail": { color: "var(--quiet)", fontStyle: "normal" },
  ".cm-completionInfo": { maxWidth: "22rem" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
});

// namespaces are the tables as lang-sql completes them: schema, table, column.
function namespaces(tables) {
  const found = {};
  for (const { schema, name, kind, comment, columns } of tables) {
    found[schema] ??= {};
    found[schema][name] = {
      self: { label: name, type: kind === "view" ? "interface" : "class", detail: kind, info: comment || undefined },
      children: columns.map((column) => ({ label: column.name, type: "property", detail: column.type, info: column.comment || undefined })),
    };
  }
  return found;
}

// columnsAndFunctions completes what stands without a name before it: the columns of the tables that the text names, and functions.
function columnsAndFunctions({ tables, functions }) {
  const calls = functions.map((name) => snippetCompletion(`${name}(\${})`, { label: name, type: "function" }));
  return (context) => {
    const word = context.matchBefore(/[\w]+/);
    if (!word && !context.explicit) return null;
    const from = word ? word.from : context.pos;
    if (context.state.sliceDoc(from - 1, from) === ".") return null;
    const text = context.state.doc.toString().toLowerCase();
    const named = tables.filter(({ schema, name }) => text.includes(`${schema}.${name}`));
    const columns = new Map();
    for (const { schema, name, columns: own } of named) {
      for (const column of own) {
        columns.set(column.name, { label: column.name, type: "property", detail: `${column.type} · ${schema}.${name}`, info: column.comment || undefined, boost: 2 });
      }
    }
    const whole = tables.map(({ schema, name, kind, comment }) => ({ label: `${schema}.${name}`, type: kind === "view" ? "interface" : "class", detail: kind, info: comment || undefined, boost: 1 }));
    return { from, options: [...columns.values(), ...whole, ...calls], validFor: /^\w*$/ };
  };
}

// support is the language, with what it completes: after a point the names that stand below another alone.
function support(schema) {
  const keywords = keywordCompletionSource(duckdb, false);
  const sources = [
    (context) => (context.matchBefore(/\.\w*/) ? null : keywords(context)),
    schemaCompletionSource({ dialect: duckdb, schema: namespaces(schema.tables) }),
    columnsAndFunctions(schema),
  ];
  return new LanguageSupport(duckdb.language, sources.map((autocomplete) => duckdb.language.data.of({ autocomplete })));
}

// create puts an editor into an element. run is called by Ctrl+Enter, change when the text is another.
export function create({ parent, text, label, hint, phrases, run, change }) {
  const root = parent.attachShadow({ mode: "open" });
  const language = new Compartment();
  const view = new EditorView({
    root, parent: root,
    state: EditorState.create({
      doc: text,
      extensions: [
        Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => { run(); return true; } }])),
        lineNumbers(), history(), drawSelection(), highlightActiveLine(), indentOnInput(), bracketMatching(), closeBrackets(), lintGutter(),
        autocompletion({ icons: false }), syntaxHighlighting(colours), looks, EditorView.lineWrapping, placeholder(hint), EditorState.phrases.of(phrases),
        keymap.of([{ key: "Tab", run: acceptCompletion }, ...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap]),
        EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", autocapitalize: "none" }),
        EditorView.updateListener.of((update) => { if (update.docChanged) change(); }),
        language.of(support({ tables: [], functions: [] })),
      ],
    }),
  });
  const marks = (list) => view.dispatch(setDiagnostics(view.state, list));
  return {
    get text() { return view.state.doc.toString(); },
    set text(value) { view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value }, selection: { anchor: value.length } }); },
    // chosen is the selection, with where it starts; the whole text where nothing is selected.
    get chosen() {
      const { from, to, empty } = view.state.selection.main;
      return empty ? { text: this.text, from: 0 } : { text: view.state.sliceDoc(from, to), from };
    },
    insert(value) {
      view.dispatch(view.state.replaceSelection(value));
      view.focus();
    },
    // mark points at a place of the text: line and column of what was chosen at from.
    mark(from, line, column, message) {
      const { doc } = view.state;
      const first = doc.lineAt(Math.min(from, doc.length));
      const at = doc.line(Math.min(first.number + line - 1, doc.lines));
      const start = Math.min(at.to, (line === 1 ? from : at.from) + column - 1);
      const word = /^\w+/.exec(view.state.sliceDoc(start, at.to));
      marks([{ from: start, to: Math.min(doc.length, start + (word ? word[0].length : 1)), severity: "error", message }]);
      view.dispatch({ effects: EditorView.scrollIntoView(start) });
    },
    unmark() { marks([]); },
    know(schema) { view.dispatch({ effects: language.reconfigure(support(schema)) }); },
    focus() { view.focus(); },
  };
}
