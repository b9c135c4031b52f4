import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads JSON into Map, List, String, Double, Boolean and null; the JDK brings nothing for it. */
final class Json {
    private final String text;
    private int at;

    private Json(String text) {
        this.text = text;
    }

    static Object read(String text) {
        var json = new Json(text);
        Object value = json.value();
        json.blank();
        if (json.at != text.length()) {
            throw json.wrong();
        }
        return value;
    }

    private IllegalArgumentException wrong() {
        return new IllegalArgumentException("not JSON at " + at + ": "
            + text.substring(Math.min(at, text.length()), Math.min(at + 80, text.length())));
    }

    private void blank() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private boolean next(String what) {
        blank();
        boolean there = text.startsWith(what, at);
        at += there ? what.length() : 0;
        return there;
    }

    private void must(String what) {
        if (!next(what)) {
            throw wrong();
        }
    }

    private Object value() {
        if (next("{")) {
            return object();
        }
        if (next("[")) {
            return array();
        }
        if (next("\"")) {
            return string();
        }
        if (next("true")) {
            return true;
        }
        if (next("false")) {
            return false;
        }
        return next("null") ? null : number();
    }

    private Map<String, Object> object() {
        Map<String, Object> all = new LinkedHashMap<>();
        while (!next("}")) {
            if (!all.isEmpty()) {
                must(",");
            }
            must("\"");
            String name = string();
            must(":");
            all.put(name, value());
        }
        return all;
    }

    private List<Object> array() {
        List<Object> all = new ArrayList<>();
        while (!next("]")) {
            if (!all.isEmpty()) {
                must(",");
            }
            all.add(value());
        }
        return all;
    }

    private Double number() {
        int from = at;
        while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
        if (from == at) {
            throw wrong();
        }
        return Double.valueOf(text.substring(from, at));
    }

    /** After its first quotation mark. */
    private String string() {
        var out = new StringBuilder();
        while (at < text.length() && text.charAt(at) != '"') {
            char c = text.charAt(at++);
            out.append(c == '\\' ? escape() : c);
        }
        must("\"");
        return out.toString();
    }

    private char escape() {
        char c = text.charAt(at++);
        if (c == 'u') {
            at += 4;
            return (char) Integer.parseInt(text.substring(at - 4, at), 16);
        }
        int known = "bfnrt".indexOf(c);
        return known < 0 ? c : "\b\f\n\r\t".charAt(known);
    }
}
