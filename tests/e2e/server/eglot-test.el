;;; eglot-test.el --- the server in Emacs, through eglot alone  -*- lexical-binding: t -*-
;; emacs -Q --batch -l eglot-test.el -f ert-run-tests-batch-and-exit
;; MINICOV_SERVER is the server's command, MINICOV_PROJECT a project with data, MINICOV_ELISP the lines of
;; docs/editors.md that draw the gutter.
(require 'package)
;; Debian's packages, of which -Q says nothing.
(add-to-list 'package-directory-list "/usr/share/emacs/site-lisp/elpa")
(package-initialize)
(require 'ert)
(require 'seq)
(require 'eglot)
(require 'flymake)

(load (getenv "MINICOV_ELISP") nil t)
(setq eglot-sync-connect 60
      eglot-server-programs
      `((python-mode . (,@(split-string (getenv "MINICOV_SERVER"))
                        :initializationOptions (:minicov (:gutters t :python ,(getenv "MINICOV_PYTHON")))))))

(defun minicov-test-until (get)
  "Wait until GET returns something; fail after a minute."
  (let ((end (+ (float-time) 60)) got)
    (while (and (not (setq got (funcall get))) (< (float-time) end))
      (accept-process-output nil 0.05))
    (should got)
    got))

(defun minicov-test-marked (line)
  "Whether LINE has a gutter mark."
  (save-excursion
    (goto-char (point-min))
    (forward-line (1- line))
    (seq-some (lambda (overlay) (overlay-get overlay 'minicov)) (overlays-in (point) (1+ (point))))))

(defun minicov-test-line (text)
  "The number of the line that has TEXT."
  (save-excursion
    (goto-char (point-min))
    (search-forward text)
    (line-number-at-pos)))

(ert-deftest minicov-in-eglot ()
  (with-current-buffer (find-file-noselect (expand-file-name "basket.py" (getenv "MINICOV_PROJECT")))
    (python-mode)
    (apply #'eglot--connect (eglot--guess-contact))
    (flymake-mode 1)
    (flymake-start)
    ;; Diagnostics and marks of what ran before.
    (minicov-test-until
     (lambda () (flymake-start) (seq-find (lambda (d) (string-match-p "never" (flymake-diagnostic-text d))) (flymake-diagnostics))))
    (minicov-test-until (lambda () (minicov-test-marked (minicov-test-line "if express"))))
    ;; Hover.
    (goto-char (point-min))
    (search-forward "if express")
    (let ((hover (jsonrpc-request (eglot--current-server-or-lose) :textDocument/hover
                                  (eglot--TextDocumentPositionParams))))
      (should (string-match-p "partly covered" (format "%s" hover))))
    ;; A code action, by its command.
    (let* ((actions (append (eglot-code-actions (line-beginning-position) (line-end-position)) nil))
           (action (seq-find (lambda (a) (string-match-p "Rerun the 4 tests" (plist-get a :title))) actions))
           (command (if (stringp (plist-get action :command)) action (plist-get action :command)))
           (answer (jsonrpc-request (eglot--current-server-or-lose) :workspace/executeCommand
                                    `(:command ,(plist-get command :command)
                                      :arguments ,(plist-get command :arguments)))))
      (should (plist-get answer :runId)))
    ;; An edit moves the marks.
    (let ((line (minicov-test-line "if express")))
      (goto-char (point-min))
      (insert "\n\n")
      (eglot--signal-textDocument/didChange)
      (minicov-test-until (lambda () (minicov-test-marked (+ line 2)))))
    (set-buffer-modified-p nil)
    (eglot-shutdown (eglot--current-server-or-lose))))
