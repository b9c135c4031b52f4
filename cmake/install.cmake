# What `cmake --install` puts beside the program.
install(FILES docs/ksx.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES completions/ksx.bash
        DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME ksx)
install(FILES completions/_ksx DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES completions/ksx.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES LICENSE README.md CHANGELOG.md docs/findings.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
