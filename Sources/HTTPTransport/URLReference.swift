import CCurl

/// What a `Location` header, or a link, names.
public enum URLReference {
    /// The URL that `reference`, absolute or relative, stands for where it was found at `base` (RFC 3986, section 5). Nil where there is none.
    public static func resolve(_ reference: String, against base: String) -> String? {
        guard let parts = curl_url() else { return nil }
        defer { curl_url_cleanup(parts) }
        guard curl_url_set(parts, CURLUPART_URL, base, 0) == CURLUE_OK, curl_url_set(parts, CURLUPART_URL, reference, 0) == CURLUE_OK,
            // A fragment is for whoever shows the document.
            curl_url_set(parts, CURLUPART_FRAGMENT, nil, 0) == CURLUE_OK
        else { return nil }
        var text: UnsafeMutablePointer<CChar>?
        guard curl_url_get(parts, CURLUPART_URL, &text, 0) == CURLUE_OK, let text else { return nil }
        defer { curl_free(text) }
        return String(cString: text)
    }
}
